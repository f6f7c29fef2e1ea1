"""Staked tasks as their owner sees them, each with its charge. Nobody else's stakes are reached here.

What may be done with them stands in operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.rules.principal import Principal
from charges.models import Charge
from charges.rules.states import ChargeStatus
from tasks.models import Task
from tasks.queries.tasks import locked, visible_to
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import NotFound

PAGE_SIZE: Final = 20


class StakeStatus(StrEnum):
    """What a list of stakes can be narrowed to.

    Source: README.md of the contract, "One task, six vocabularies".
    """

    PENDING = "pending"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Stake:
    """A staked task with its charge, None until one has begun."""

    task: Task
    charge: Charge | None

    @property
    def status(self) -> StakeStatus:
        """What became of the stake."""
        return _STATUS_WORDS.get(Status(self.task.status), StakeStatus.PENDING)

    @property
    def charge_status(self) -> str | None:
        """Where the charge is, in three words; None when none has begun, or when it came to nothing."""
        return _CHARGE_WORDS.get(ChargeStatus(self.charge.status)) if self.charge else None

    @property
    def is_contested(self) -> bool:
        return self.charge is not None and self.charge.is_contested


_STATUS_WORDS: Final = {Status.SUCCESS: StakeStatus.COMPLETE, Status.EXPIRED: StakeStatus.EXPIRED}
_CHARGE_WORDS: Final = {
    ChargeStatus.RESERVED: "notified",
    ChargeStatus.NOTIFIED: "notified",
    ChargeStatus.AUTHORISING: "notified",
    ChargeStatus.AUTHORISED: "authorized",
    ChargeStatus.CAPTURING: "authorized",
    ChargeStatus.CAPTURED: "captured",
}


def own_stakes(principal: Principal) -> QuerySet[Task]:
    """List the tasks that the caller owns and that have a stake."""
    return visible_to(principal).filter(owner_id=principal.user_id, stake_cents__isnull=False)


def stake_of(principal: Principal, task_id: UUID) -> Stake:
    """Find one staked task of the caller's own, with its charge. Raises NotFound."""
    task = own_stakes(principal).filter(pk=task_id).first()
    if task is None:
        raise NotFound
    return with_charges([task])[0]


def stake_page(
    *,
    principal: Principal,
    page: int = 0,
    status: StakeStatus | None = None,
    due_before: datetime | None = None,
    due_after: datetime | None = None,
) -> Sequence[Stake]:
    """List a page of 20 of the caller's stakes, latest deadline first, in two statements.

    page: from 0.  due_before, due_after: strict.
    """
    rows = own_stakes(principal).filter(_STATUSES[status] if status else Q())
    if due_before is not None:
        rows = rows.filter(due_at__lt=due_before)
    if due_after is not None:
        rows = rows.filter(due_at__gt=due_after)
    first = page * PAGE_SIZE
    return with_charges(rows.order_by("-due_at", "-pk")[first : first + PAGE_SIZE])


def locked_stake(principal: Principal, task_id: UUID) -> Task:
    """Lock a staked task of the caller's own, inside a transaction. Raises NotFound, Forbidden."""
    task = locked(principal, task_id)
    if task.owner_id != principal.user_id or task.stake_cents is None:
        raise NotFound
    return task


def with_charges(tasks: "QuerySet[Task] | Sequence[Task]") -> list[Stake]:
    """Give each task its charge, in one statement: none where no task has a stake."""
    listed = list(tasks)
    staked = [task for task in listed if task.stake_cents is not None]
    charges = {charge.task_id: charge for charge in Charge.objects.filter(task__in=staked)} if staked else {}
    return [Stake(task, charges.get(task.pk)) for task in listed]


_DONE: Final = {Status.SUCCESS, Status.EXPIRED}
_STATUSES: Final = {
    StakeStatus.PENDING: ~Q(status__in=sorted(_DONE)),
    StakeStatus.COMPLETE: Q(status=Status.SUCCESS),
    StakeStatus.EXPIRED: Q(status=Status.EXPIRED),
}
