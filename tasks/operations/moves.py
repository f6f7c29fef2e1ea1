"""The moves of a locked task's status, and what they do to its occurrences: shared by all who change it.

Who may ask, and whom it is told to, stands with the operations that move.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.rules.principal import Principal
from accounts.rules.scopes import PROJECT_KEY
from tasks.models import Occurrence, Task
from tasks.rules.binding import DeadlinePassed, OwnerOnly, has_passed
from tasks.rules.states import OCCURRENCE
from tasks.rules.vocabulary import OccurrenceStatus, Source, Status
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledUpdate
from tasktracker.core.errors import Conflict
from tasktracker.core.states import StateConflict, Table, advance, advancing


class TaskArchived(Conflict):
    """An archived task is not reopened."""

    default_message = "An archived task cannot be reopened."


def move(task: Task, table: Table, event: str, at: datetime, *, completed_at: datetime | None) -> None:
    """Advance a task along a table.

    A staked one is completed, and reopened, before its deadline only: by the database's clock in that very
    UPDATE (P7). Raises StateConflict, DeadlinePassed.
    """
    is_decisive = Status.SUCCESS in {task.status, table[event][1]}
    if task.stake_cents is None or not is_decisive:
        advance(task, table, event, at, completed_at=completed_at)
        return
    if has_passed(task.due_at, at):
        raise DeadlinePassed
    try:
        advance(task, table, event, at, guard=Q(due_at__gt=DatabaseNow()), completed_at=completed_at)
    except StateConflict:
        if task.status in table[event][0]:
            raise DeadlinePassed from None
        raise


def require_reopenable(task: Task, principal: Principal) -> None:
    """Refuse to reopen an archived task; a staked one is put at risk again: for its owner alone to do.

    Raises TaskArchived, OwnerOnly.
    """
    if task.archived_at is not None:
        raise TaskArchived
    is_owner = principal.user_id == task.owner_id and principal.kind != PROJECT_KEY
    if task.stake_cents is not None and not is_owner:
        raise OwnerOnly


def close_pending(task: Task, event: str, at: datetime) -> bool:
    """Close the pending occurrence, if there is one. The database keeps them to one."""
    return _closing[event].run(task_id=task.pk, at=at) > 0


def _closed(event: str, *, task_id: UUID, at: datetime) -> tuple[QuerySet[Occurrence], dict[str, Any]]:
    return advancing(Occurrence.objects.filter(task_id=task_id), OCCURRENCE, event, closed_at=at)


_closing = {
    event: CompiledUpdate(partial(_closed, event), task_id=UUID(int=1), at=datetime(2000, 1, 1, tzinfo=UTC))
    for event in ("miss", "complete")
}


def record_completed(task: Task, at: datetime) -> None:
    """Write an occurrence that was completed without having been pending."""
    Occurrence.objects.create(
        task=task,
        status=OccurrenceStatus.COMPLETED,
        source=Source.COMPLETION,
        created_at=at,
        closed_at=at,
    )
