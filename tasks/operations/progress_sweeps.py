"""What time does to tasks that job runners report on: they fall silent, and they run for too long.

Set based, in batches that hold their locks for less than 100 ms. What a runner says is progress.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from tasks.models import Progress, Task
from tasks.operations.firing import Step, fire, fire_overruns
from tasks.queries.progress import tracked_by_ids
from tasks.rules.progress import CAN_GO_STALE, RUNNING, Tracked, is_silent, later, moments_after
from tasks.rules.states import TASK
from tasks.rules.vocabulary import Status
from tasktracker.core.failpoints import failpoint
from tasktracker.core.states import advance_all

BATCH_SIZE = 100
_SET_CHECK = "UPDATE tasks_progress SET stale_check_at = %s WHERE task_id = %s"


def mark_stale(at: datetime) -> int:
    """Make stale what has said nothing for longer than its `stale_timeout`, and set off what waits for that.

    A heartbeat writes no moment to look again, so most of what is looked at lives: its next look is planned.
    Safe to run twice and side by side. Returns how many went stale.
    Source: progress.md B6.
    """
    return _in_batches(_stale_batch, at, stale_check_at__lt=at)


def note_overruns(at: datetime) -> int:
    """Set off what waits for tasks that have run longer than their `max_runtime`, once for a run.

    Their status stays. Safe to run twice and side by side. Returns how many tasks those were.
    Source: progress.md B4, B6.
    """
    return _in_batches(_overrun_batch, at, overrun_at__lt=at)


def _in_batches(run: Callable[[Sequence[UUID], datetime], int], at: datetime, **due: datetime) -> int:
    if not Progress.objects.filter(**due).exists():
        return 0  # most ticks: without a transaction, which on SQLite would keep everybody else waiting
    done = 0
    while True:
        with transaction.atomic():
            rows = Progress.objects.filter(**due).order_by(*(name.split("__")[0] for name in due), "pk")
            rows = rows.select_for_update(skip_locked=True, no_key=True, of=("self", "task"))
            rows = rows.select_related("task")
            seen = [row.pk for row in rows.only("task__deleted_at")[:BATCH_SIZE]]
            done += run(seen, at)
            failpoint("progress_sweep.before_commit")
        if len(seen) < BATCH_SIZE:
            return done


def _stale_batch(task_ids: Sequence[UUID], at: datetime) -> int:
    tasks = tracked_by_ids(task_ids)
    silent = [task for task in tasks if is_silent(task, at) and not task.is_deleted]
    _plan_next_look([task for task in tasks if task not in silent])
    ids = [task.id for task in silent]
    advance_all(Task.objects.filter(pk__in=ids), TASK, "go stale", updated_at=at)
    steps = []
    for task in silent:
        changes = moments_after(task, status=Status.STALE, said={}, at=at)
        Progress.objects.filter(task=task.id).update(**changes)
        gone = replace(task, status=str(Status.STALE), updated_at=at, **changes)
        steps.append(Step(task.standing, gone))
    fire(steps, at)
    return len(silent)


def _plan_next_look(tasks: Sequence[Tracked]) -> None:
    """Write when each of these can fall silent at the earliest; never, for those that cannot."""
    params = [(connection.ops.adapt_datetimefield_value(_next_look(task)), _key(task.id)) for task in tasks]
    if params:
        with connection.cursor() as cursor:
            cursor.executemany(_SET_CHECK, params)


def _next_look(task: Tracked) -> datetime | None:
    if task.is_deleted or task.status not in CAN_GO_STALE or task.stale_timeout is None:
        return None
    return later(task.updated_at, task.stale_timeout)


def _overrun_batch(task_ids: Sequence[UUID], at: datetime) -> int:
    running = [task for task in tracked_by_ids(task_ids) if task.status in RUNNING and not task.is_deleted]
    Progress.objects.filter(pk__in=task_ids).update(overrun_at=None)
    fire_overruns(running, at)
    return len(running)


def _key(task_id: UUID) -> Any:
    return task_id if connection.features.has_native_uuid_field else task_id.hex
