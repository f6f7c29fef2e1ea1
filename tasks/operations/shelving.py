"""Putting tasks away: archiving, which can be undone, and deleting, which cannot.

Ending a task's work (complete, cancel) is lifecycle.py.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.rules.principal import Principal
from tasks.models import Schedule, Task
from tasks.operations.schedules import resume_schedule
from tasks.queries.tasks import locked
from tasks.rules.binding import require_unbound

_BATCH_SIZE = 10_000  # a statement can carry so many ids on both databases


def archive_task(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Put a task out of sight: it stays as it is, and its schedule makes nothing.

    One that is archived already keeps its first moment. Raises NotFound, Forbidden, StakeBinds.
    """
    with transaction.atomic():
        task = locked(principal, task_id)
        require_unbound(status=task.status, stake_cents=task.stake_cents)
        Task.objects.filter(pk=task.pk, archived_at=None).update(archived_at=at, updated_at=at)


def unarchive_task(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Bring an archived task back. Slots that went by meanwhile make no occurrence.

    Raises NotFound, Forbidden.
    """
    with transaction.atomic():
        task = locked(principal, task_id)
        if Task.objects.filter(pk=task.pk, archived_at__isnull=False).update(archived_at=None, updated_at=at):
            resume_schedule(task, at)


def delete_task(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Delete a task and its sub-tasks for good; the rows remain for the log, no door shows them.

    Refused whole when one of them is bound. Raises NotFound, Forbidden, StakeBinds.
    """
    with transaction.atomic():
        delete_families(Task.objects.filter(pk=locked(principal, task_id).pk), at)


def delete_families(tasks: QuerySet[Task], at: datetime) -> None:
    """Delete tasks with their sub-tasks, inside the caller's transaction; whose they are, the caller knows.

    Refused whole when one of them is bound. Raises StakeBinds.
    """
    family = _locked_family(tasks)
    for member in family:
        require_unbound(status=member.status, stake_cents=member.stake_cents)
    for start in range(0, len(family), _BATCH_SIZE):
        ids = [member.pk for member in family[start : start + _BATCH_SIZE]]
        Task.objects.filter(pk__in=ids).update(deleted_at=at, updated_at=at)
        Schedule.objects.filter(task__in=ids).update(next_at=None)


def _locked_family(tasks: QuerySet[Task]) -> list[Task]:
    named = tasks.filter(deleted_at=None).order_by().values("pk")
    members = Task.objects.filter(Q(pk__in=named) | Q(parent__in=named), deleted_at=None)
    parents_first = members.order_by(F("parent").asc(nulls_first=True), "pk")  # as completing locks them
    return list(parents_first.select_for_update(no_key=True).only("status", "stake_cents"))
