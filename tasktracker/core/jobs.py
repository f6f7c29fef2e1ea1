"""Background jobs by name: how an operation asks for one without knowing who runs it.

A message is a bell, never the book: rows say what is due, so a lost or doubled bell does no harm
(reliability.md 4.2). The jobs themselves live in each app's jobs.py.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery import current_app, shared_task
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from tasktracker.core import request_id

log = logging.getLogger(__name__)


def job(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Register a function as the job `name`: keyword-only ids in, safe to run twice."""
    return shared_task(name=name)


def enqueue_on_commit(name: str, **ids: Any) -> None:
    """Ring for the job `name` once the current transaction commits.

    ids: plain JSON values. In the embedded form nothing is sent: the worker looks at the rows
    every 0.3 s. A broker that is away is logged, not raised: the beat rings every 5 s anyway.
    """
    if settings.TASKTRACKER_BACKGROUND == "celery":
        transaction.on_commit(lambda: _ring(name, ids))


def _ring(name: str, ids: dict[str, Any]) -> None:
    headers = {"request_id": request_id.current()}
    try:
        # Not send_task: that would ignore task_always_eager (ARCHITECTURE.md, traps).
        current_app.tasks[name].apply_async(kwargs=ids, headers=headers, retry=False)
    except OperationalError:
        log.warning("bell.lost", extra={"job": name})
