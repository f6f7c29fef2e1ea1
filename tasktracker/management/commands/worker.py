"""`manage.py worker`: the background work of the embedded form, in one process.

It runs the same jobs as Celery's workers do, by the same names; rows say what is due, nobody has to ring.
Several may run side by side, also beside Celery's.
"""

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from tasktracker.celery import app
from tasktracker.checks import require_production_ready
from tasktracker.outbox.operations.drain import request_stop
from tasktracker.outbox.operations.settle import AWAY
from tasktracker.sweeps import slow_sweep_names, sweep_names

log = logging.getLogger(__name__)

DRAIN_SECONDS = 0.3  # ruling "Fresh delivery": the embedded worker looks this often at least
SWEEP_SECONDS = 3.0
SLOW_SWEEP_SECONDS = 1.0  # a charge that somebody waits for is driven again soon
AWAY_SECONDS = 1.0


class Command(BaseCommand):
    help = "Send what is due and run the sweeps, until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        require_production_ready()
        stop = threading.Event()

        def end(*_signal: Any) -> None:
            stop.set()
            request_stop()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        # Threads of their own: a receiver that hangs must not keep a schedule from firing, and the card
        # processor must keep neither waiting.
        threads = [
            threading.Thread(target=_repeat, args=(stop, seconds, sweep), name=sweep.__name__)
            for seconds, sweep in ((SWEEP_SECONDS, _sweep_all), (SLOW_SWEEP_SECONDS, _sweep_slowly))
        ]
        for thread in threads:
            thread.start()
        _repeat(stop, DRAIN_SECONDS, _drain)
        for thread in threads:
            thread.join()


def _drain() -> None:
    _run("outbox.drain")


def _sweep_all() -> None:
    slow = slow_sweep_names()
    for name in sweep_names():
        if name not in slow:
            _run("sweep", name=name)


def _sweep_slowly() -> None:
    for name in slow_sweep_names():
        _run("sweep", name=name)


def _run(job: str, **ids: Any) -> None:
    """Run a job here, as Celery would; what goes wrong in one must not keep the next from running."""
    try:
        app.tasks[job].apply(kwargs=ids, throw=True)
    except AWAY:
        raise
    except Exception:
        log.exception("job.failed", extra={"job": job, **ids})


def _repeat(stop: threading.Event, seconds: float, work: Callable[[], None]) -> None:
    """Do it again and again, and carry on after the database has been away."""
    while not stop.is_set():
        pause = seconds
        try:
            work()
        except AWAY as error:
            log.warning("worker.database_away", extra={"error": type(error).__name__})
            connection.close()
            pause = AWAY_SECONDS
        stop.wait(pause)
    connection.close()
