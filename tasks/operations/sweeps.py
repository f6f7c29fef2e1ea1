"""What time does to tasks: schedules that are due make their occurrences.

Set based: a few statements for a batch, whatever its size. What a person does is lifecycle.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from tasks.models import Occurrence, Schedule, Task
from tasks.operations.events import TaskEvent, announce_all
from tasks.operations.following import follow_statuses
from tasks.rules.schedule import catch_up
from tasks.rules.states import OCCURRENCE, TASK
from tasks.rules.triggering import why_not
from tasks.rules.vocabulary import Event, OccurrenceStatus, Source, Status
from tasktracker.core.failpoints import failpoint
from tasktracker.core.states import advance_all

BATCH_SIZE = 100  # locked for less than 100 ms (PERFORMANCE.md)
_SET_NEXT = "UPDATE tasks_schedule SET next_at = %s, run_count = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class _Firing:
    """A schedule that makes an occurrence now. is_cooling: without a word to anybody."""

    schedule: Schedule
    slot: datetime
    is_cooling: bool

    @property
    def task(self) -> Task:
        return self.schedule.task


def make_due_occurrences(at: datetime) -> int:
    """Make one occurrence for each schedule that is due, stamped with its slot; then look to the next slot.

    A pause makes one occurrence, never a backlog. An older pending occurrence becomes missed and a completed
    task is reopened, as by a trigger; where a trigger would be refused, the slot goes by without an
    occurrence. So it does for a completed staked task: only its owner puts it at risk again. Within the
    notification cooldown the occurrence is recorded as such, and nothing else happens.
    Safe to run twice and side by side. Returns how many were made.
    Source: triggers.md C.1, NS-14 to NS-17, NS-20; reliability.md P23; docs/adr/0014-one-task.md.
    """
    if not _is_any_due(at):
        return 0  # most ticks: without a transaction, which on SQLite would keep everybody else waiting
    made = 0
    while True:
        seen, firing = _make_batch(at)
        made += firing
        if seen < BATCH_SIZE:
            return made


def _is_any_due(at: datetime) -> bool:
    """Look at the schedule that is due first.

    exists() asks for any: PostgreSQL's plan for whatever moment then reads the table through.
    """
    due = Schedule.objects.filter(next_at__lte=at).order_by("next_at")
    return due.values_list("pk").first() is not None


def _make_batch(at: datetime) -> tuple[int, int]:
    with transaction.atomic():
        due = _locked_due(at)
        firing = _firing(due, at)
        _record(firing, at)
        _set_next(due, {fired.schedule.pk for fired in firing}, at)
        failpoint("sweep.before_commit")
    return len(due), len(firing)


def _locked_due(at: datetime) -> list[Schedule]:
    """Lock a batch of due schedules with their tasks. One that somebody holds is due again next time."""
    due = Schedule.objects.filter(next_at__lte=at).order_by("next_at", "pk").select_related("task")
    return list(
        due.defer("task__description", "task__search_text").select_for_update(
            skip_locked=True, no_key=True, of=("self", "task")
        )[:BATCH_SIZE]
    )


def _firing(due: Sequence[Schedule], at: datetime) -> list[_Firing]:
    may_fire = [schedule for schedule in due if _may_fire(schedule.task, at)]
    made_before = _slots_made_before(may_fire)
    cooling = _cooling(may_fire, at)
    return [
        _Firing(schedule, schedule.next_at, schedule.task_id in cooling)
        for schedule in may_fire
        if schedule.next_at is not None and (schedule.task_id, schedule.next_at) not in made_before
    ]


def _may_fire(task: Task, at: datetime) -> bool:
    if task.deleted_at is not None or (task.stake_cents is not None and task.status == Status.SUCCESS):
        return False
    is_archived = task.archived_at is not None
    return not why_not(
        status=task.status, is_archived=is_archived, stake_cents=task.stake_cents, due_at=task.due_at, at=at
    )


def _slots_made_before(schedules: Sequence[Schedule]) -> set[tuple[UUID, datetime | None]]:
    """List the slots of these that have their occurrence: from a schedule that was replaced meanwhile."""
    known = Occurrence.objects.filter(
        task__in=[schedule.task_id for schedule in schedules],
        scheduled_for__in={schedule.next_at for schedule in schedules},
    )
    return set(known.values_list("task_id", "scheduled_for"))


def _cooling(schedules: Sequence[Schedule], at: datetime) -> set[UUID]:
    """List the tasks of these that were completed within their notification cooldown."""
    seconds = {
        schedule.task_id: schedule.task.notification_cooldown_seconds
        for schedule in schedules
        if schedule.task.notification_cooldown_seconds is not None
    }
    if not seconds:
        return set()
    completed = Occurrence.objects.filter(task__in=list(seconds), status=OccurrenceStatus.COMPLETED)
    last = completed.order_by().values_list("task_id").annotate(Max("closed_at"))
    return {task_id for task_id, closed_at in last if closed_at + timedelta(seconds=seconds[task_id]) > at}


def _record(firing: Sequence[_Firing], at: datetime) -> None:
    """Write the occurrences, and what follows from those that are not cooling."""
    loud = [fired for fired in firing if not fired.is_cooling]
    task_ids = [fired.task.pk for fired in loud]
    pending = Occurrence.objects.filter(task__in=task_ids, status=OccurrenceStatus.PENDING)
    missed = set(pending.values_list("task_id", flat=True))
    if missed:
        advance_all(Occurrence.objects.filter(task__in=missed), OCCURRENCE, "miss", closed_at=at)
    completed = [fired.task.pk for fired in loud if fired.task.status == Status.SUCCESS]
    if completed:
        advance_all(Task.objects.filter(pk__in=completed), TASK, "reopen", completed_at=None, updated_at=at)
        follow_statuses(dict.fromkeys(completed, str(Status.SUCCESS)), at)
    Occurrence.objects.bulk_create(_occurrences(firing, at))
    announce_all(list(_events(loud, missed)), at=at)


def _occurrences(firing: Iterable[_Firing], at: datetime) -> Iterator[Occurrence]:
    for fired in firing:
        yield Occurrence(
            task_id=fired.task.pk,
            status=OccurrenceStatus.NOTIFICATION_COOLDOWN if fired.is_cooling else OccurrenceStatus.PENDING,
            source=Source.SCHEDULE,
            scheduled_for=fired.slot,
            created_at=at,
            closed_at=at if fired.is_cooling else None,
        )


def _events(loud: Iterable[_Firing], missed: set[UUID]) -> Iterator[TaskEvent]:
    for fired in loud:
        task = fired.task
        if task.pk in missed:
            yield TaskEvent(Event.TASK_MISSED, task.pk, task.title, task.owner_id)
        yield TaskEvent(Event.TASK_TRIGGERED, task.pk, task.title, task.owner_id)


def _set_next(due: Sequence[Schedule], fired: set[UUID], at: datetime) -> None:
    """Move every schedule of the batch on to its next slot, past `at`.

    One prepared statement, run for each row: bulk_update() would take a third of the whole sweep.
    """
    params = [_next_params(schedule, schedule.run_count + (schedule.pk in fired), at) for schedule in due]
    if params:
        with connection.cursor() as cursor:
            cursor.executemany(_SET_NEXT, params)


def _next_params(schedule: Schedule, runs: int, at: datetime) -> tuple[Any, int, Any]:
    """Write one row's values as this database's driver takes them."""
    next_at = connection.ops.adapt_datetimefield_value(_next_at(schedule, runs, at))
    return next_at, runs, schedule.pk if connection.features.has_native_uuid_field else schedule.pk.hex


def _next_at(schedule: Schedule, runs: int, at: datetime) -> datetime | None:
    is_over = schedule.run_limit is not None and runs >= schedule.run_limit
    if schedule.next_at is None or is_over or schedule.task.deleted_at is not None:
        return None
    return catch_up(schedule.plan, due=schedule.next_at, at=at)[1]
