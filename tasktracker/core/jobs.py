"""Background jobs by name: how an operation asks for one without knowing who runs it.

A message is a bell, never the book: rows say what is due, so a lost or doubled bell does no harm
(reliability.md 4.2). The jobs themselves live in each app's jobs.py.
"""

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from celery import current_app, shared_task
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from tasktracker.core import request_id

log = logging.getLogger(__name__)

BELLS_MOST: Final = 1000  # that wait to be rung; beyond it they are lost, which does no harm


def job(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Register a function as the job `name`: keyword-only ids in, safe to run twice."""
    return shared_task(name=name)


def enqueue_on_commit(name: str, **ids: Any) -> None:
    """Ring for the job `name` once the current transaction commits.

    ids: plain JSON values. In the embedded form nothing is sent: the worker looks at the rows
    every 0.3 s. A broker that is away is logged, not raised: the beat rings every 5 s anyway.
    """
    if settings.TASKTRACKER_BACKGROUND == "celery":
        bell = _Bell(name, json.dumps(ids, sort_keys=True), request_id.current())
        transaction.on_commit(lambda: _ringer.ring(bell), robust=True)


@dataclass(frozen=True, slots=True)
class _Bell:
    name: str
    ids: str
    request_id: str

    def ring(self) -> None:
        # Not send_task: that would ignore task_always_eager (ARCHITECTURE.md, traps).
        task = current_app.tasks[self.name]
        task.apply_async(kwargs=json.loads(self.ids), headers={"request_id": self.request_id}, retry=False)


class _Ringer:
    """Rings from a thread of its own, once for all the same bells that came while it was busy.

    A message costs a request half a millisecond, and with a broker that is away or frozen it takes
    6 seconds to say so (measured): whoever asked must not wait for that.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], _Bell] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, bell: _Bell) -> None:
        if current_app.conf.task_always_eager:
            bell.ring()
            return
        with self._changed:
            if len(self._waiting) < BELLS_MOST:
                self._waiting[bell.name, bell.ids] = bell
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="ringer", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                bells, self._waiting = self._waiting, {}
            _ring_all(list(bells.values()))


def _ring_all(bells: list[_Bell]) -> None:
    try:
        for bell in bells:
            bell.ring()
    except OperationalError:
        log.warning("bells.lost", extra={"jobs": sorted({bell.name for bell in bells})})


def _start_afresh() -> None:
    """Begin with an idle ringer: a forked child has neither its parent's thread nor its lock's owner."""
    global _ringer  # noqa: PLW0603 - one per process
    _ringer = _Ringer()


_ringer = _Ringer()
os.register_at_fork(after_in_child=_start_afresh)
