"""What happens to a task and its occurrences: triggered, completed, undone, skipped.

Changing what a task says is editing.py; putting it away is shelving.py; schedules fire in sweeps.py.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.operations.events import announce
from tasks.operations.finishing import finish
from tasks.operations.following import follow_status
from tasks.operations.moves import close_pending, move, record_completed, require_reopenable
from tasks.queries.occurrences import locked_with_task, newest_completed
from tasks.queries.tasks import locked
from tasks.rules.binding import require_unbound
from tasks.rules.states import OCCURRENCE, TASK
from tasks.rules.triggering import why_not
from tasks.rules.vocabulary import Event, Source, Status
from tasktracker.core.errors import RuleBroken
from tasktracker.core.failpoints import failpoint
from tasktracker.core.states import advance


class CannotBeTriggered(RuleBroken):
    """The task is cancelled, archived or expired, or staked and past its deadline."""


def trigger_task(*, principal: Principal, task_id: UUID, at: datetime) -> Occurrence:
    """Make a new pending occurrence by hand.

    An older pending one becomes missed, and a completed task is reopened. The notification cooldown does
    not apply. Events: task.missed if one was, then task.triggered.
    Raises NotFound, Forbidden, CannotBeTriggered, OwnerOnly and DeadlinePassed (reopening a staked task).
    Source: triggers.md C.3; README.md, "One task, six vocabularies".
    """
    with transaction.atomic():
        task = locked(principal, task_id)
        _require_triggerable(task, at)
        if task.status == Status.SUCCESS:
            _reopen(task, principal, at)
        was_missed = close_pending(task, "miss", at)
        occurrence = Occurrence.objects.create(task=task, source=Source.MANUAL, created_at=at)
        missed = [Event.TASK_MISSED] if was_missed else []
        announce(task, *missed, Event.TASK_TRIGGERED, at=at)
        failpoint("trigger.before_commit")
    return occurrence


def complete_task(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Complete a task: its pending occurrence, or a new completed one where none is pending.

    Completing a completed task records one more completed occurrence (NS-06). Its open sub-tasks are
    completed with it, and of a recurring one the next is made. Event: task.completed, for each.
    Raises NotFound, Forbidden, DeadlinePassed (staked), StateConflict (cancelled or expired).
    """
    with transaction.atomic():
        task = locked(principal, task_id)
        was = task.status
        move(task, TASK, "complete", at, completed_at=at)
        if not close_pending(task, "complete", at):
            record_completed(task, at)
        finish(task, principal=principal, at=at)
        follow_status(task, was=was, at=at)  # the day's mails are counted when every task is locked
        failpoint("complete.before_commit")


def uncomplete_task(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Take the newest completion of a completed task back: the task is pending, the occurrence invalidated.

    Event: task.invalidated.
    Raises NotFound, Forbidden, TaskArchived, StateConflict (it is not completed), OwnerOnly and
    DeadlinePassed (staked).
    """
    with transaction.atomic():
        task = locked(principal, task_id)
        _reopen(task, principal, at)
        newest = newest_completed(task)
        if newest is not None:
            advance(newest, OCCURRENCE, "invalidate", at)
        announce(task, Event.TASK_INVALIDATED, at=at)


def complete_occurrence(*, principal: Principal, occurrence_id: UUID, at: datetime) -> None:
    """Complete a pending occurrence, and its task with it, as complete_task() does. Event: task.completed.

    Raises NotFound, Forbidden, DeadlinePassed, StateConflict (it is not pending, NS-28).
    """
    with transaction.atomic():
        task, occurrence = locked_with_task(principal, occurrence_id)
        advance(occurrence, OCCURRENCE, "complete", at, closed_at=at)
        was = task.status
        move(task, TASK, "complete", at, completed_at=at)
        finish(task, principal=principal, at=at)
        follow_status(task, was=was, at=at)


def skip_occurrence(*, principal: Principal, occurrence_id: UUID, at: datetime) -> None:
    """Let a pending occurrence pass; the task stays as it is. Event: task.skipped.

    Raises NotFound, Forbidden, StateConflict (it is not pending).
    """
    with transaction.atomic():
        task, occurrence = locked_with_task(principal, occurrence_id)
        advance(occurrence, OCCURRENCE, "skip", at, closed_at=at)
        announce(task, Event.TASK_SKIPPED, at=at)


def invalidate_occurrence(*, principal: Principal, occurrence_id: UUID, at: datetime) -> None:
    """Take one completion back. Event: task.invalidated.

    The newest completion of a completed task reopens the task; an older one changes the log only.
    Raises NotFound, Forbidden, StateConflict (it is not completed), TaskArchived, OwnerOnly, DeadlinePassed.
    """
    with transaction.atomic():
        task, occurrence = locked_with_task(principal, occurrence_id)
        if task.status == Status.SUCCESS and newest_completed(task) == occurrence:
            _reopen(task, principal, at)
        advance(occurrence, OCCURRENCE, "invalidate", at)
        announce(task, Event.TASK_INVALIDATED, at=at)


def cancel_task(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Cancel a task that is not done.

    Raises NotFound, Forbidden, StakeBinds, StateConflict (completed, expired or cancelled already).
    """
    with transaction.atomic():
        task = locked(principal, task_id)
        require_unbound(status=task.status, stake_cents=task.stake_cents)
        _move(task, "cancel", at, completed_at=None)


def _require_triggerable(task: Task, at: datetime) -> None:
    reason = why_not(
        status=task.status,
        is_archived=task.archived_at is not None,
        stake_cents=task.stake_cents,
        due_at=task.due_at,
        at=at,
    )
    if reason:
        raise CannotBeTriggered(reason)


def _reopen(task: Task, principal: Principal, at: datetime) -> None:
    """Make a completed task pending."""
    require_reopenable(task, principal)
    _move(task, "reopen", at, completed_at=None)


def _move(task: Task, event: str, at: datetime, *, completed_at: datetime | None) -> None:
    """Advance a task, and let its progress and its actions follow."""
    was = task.status
    move(task, TASK, event, at, completed_at=completed_at)
    follow_status(task, was=was, at=at)
