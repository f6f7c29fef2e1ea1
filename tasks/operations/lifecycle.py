"""What happens to a task and its occurrences: triggered, completed, undone, skipped.

Changing what a task says is editing.py; putting it away is shelving.py; schedules fire in sweeps.py.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.rules.principal import Principal
from accounts.rules.scopes import PROJECT_KEY
from tasks.models import Occurrence, Task
from tasks.operations.events import announce
from tasks.operations.finishing import finish
from tasks.queries.occurrences import locked_with_task, newest_completed
from tasks.queries.tasks import locked
from tasks.rules.binding import DeadlinePassed, OwnerOnly, has_passed, require_unbound
from tasks.rules.states import OCCURRENCE, TASK
from tasks.rules.triggering import why_not
from tasks.rules.vocabulary import Event, OccurrenceStatus, Source, Status
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledUpdate
from tasktracker.core.errors import Conflict, RuleBroken
from tasktracker.core.failpoints import failpoint
from tasktracker.core.states import StateConflict, advance, advancing


class CannotBeTriggered(RuleBroken):
    """The task is cancelled, archived or expired, or staked and past its deadline."""


class TaskArchived(Conflict):
    """An archived task is not reopened."""

    default_message = "An archived task cannot be reopened."


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
        was_missed = _close_pending(task, "miss", at)
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
        _move(task, "complete", at, completed_at=at)
        if not _close_pending(task, "complete", at):
            _record_completed(task, at)
        finish(task, principal=principal, at=at)
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
        _move(task, "complete", at, completed_at=at)
        finish(task, principal=principal, at=at)


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
        advance(task, TASK, "cancel", at)


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
    """Make a completed task pending. A staked one is put at risk again: for its owner alone to do."""
    if task.archived_at is not None:
        raise TaskArchived
    is_owner = principal.user_id == task.owner_id and principal.kind != PROJECT_KEY
    if task.stake_cents is not None and not is_owner:
        raise OwnerOnly
    _move(task, "reopen", at, completed_at=None)


def _move(task: Task, event: str, at: datetime, *, completed_at: datetime | None) -> None:
    """Advance a task; a staked one before its deadline only, by the database's clock in that UPDATE (P7)."""
    if task.stake_cents is None:
        advance(task, TASK, event, at, completed_at=completed_at)
        return
    if has_passed(task.due_at, at):
        raise DeadlinePassed
    try:
        advance(task, TASK, event, at, guard=Q(due_at__gt=DatabaseNow()), completed_at=completed_at)
    except StateConflict:
        if task.status in TASK[event][0]:
            raise DeadlinePassed from None
        raise


def _close_pending(task: Task, event: str, at: datetime) -> bool:
    """Close the pending occurrence, if there is one. The database keeps them to one."""
    return _closing[event].run(task_id=task.pk, at=at) > 0


def _closed(event: str, *, task_id: UUID, at: datetime) -> tuple[QuerySet[Occurrence], dict[str, Any]]:
    return advancing(Occurrence.objects.filter(task_id=task_id), OCCURRENCE, event, closed_at=at)


def _record_completed(task: Task, at: datetime) -> None:
    Occurrence.objects.create(
        task=task,
        status=OccurrenceStatus.COMPLETED,
        source=Source.COMPLETION,
        created_at=at,
        closed_at=at,
    )


_closing = {
    event: CompiledUpdate(partial(_closed, event), task_id=UUID(int=1), at=datetime(2000, 1, 1, tzinfo=UTC))
    for event in ("miss", "complete")
}
