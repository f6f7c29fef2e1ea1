"""The time-driven work of tasks, by name: what the workers and `manage.py sweep` run.

Each sweep calls one operation, may run twice and side by side, and loads nothing itself.
"""

from collections.abc import Callable
from datetime import datetime

from tasks.operations.artifacts import sweep_artifacts
from tasks.operations.monitors import watch_monitors
from tasks.operations.presence import forget_expired_presence
from tasks.operations.progress_sweeps import mark_stale, note_overruns
from tasks.operations.run_queue import hand_back_lost
from tasks.operations.sweeps import make_due_occurrences
from tasks.operations.webhooks import retire_old_secrets

SWEEPS: dict[str, Callable[[datetime], int]] = {
    "schedules": make_due_occurrences,
    "webhooks": retire_old_secrets,
    "stale": mark_stale,
    "overruns": note_overruns,
    "monitors": watch_monitors,
    "runs": hand_back_lost,
    "presence": forget_expired_presence,
}
# They ask a store that may be far away.
SLOW_SWEEPS: dict[str, Callable[[datetime], int]] = {
    "artifacts": sweep_artifacts,
}
