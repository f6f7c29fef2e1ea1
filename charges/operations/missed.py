"""Missed deadlines: tasks expire, by time or by their owner's word, and their chain of charging begins.

How the chain goes on is chain.py and steps.py. One UPDATE decides who wins: completing, uncle or sweep (P6).
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from accounts.rules.principal import Principal
from charges.models import Charge
from charges.operations import mails
from charges.operations.records import OWNER, SYSTEM, AccountClosed, open_charge
from charges.queries.stakes import locked_stake
from charges.rules.states import ChargeKind, ChargeStatus
from tasks.models import Task
from tasks.operations.expiry import expire_task
from tasks.rules.states import TASK
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import Conflict
from tasktracker.core.failpoints import failpoint
from tasktracker.core.states import StateConflict

GRACE: Final = timedelta(seconds=2)  # for completions that the database is about to decide (P7)
_BATCH: Final = 50
# Written out, as neither database searches a partial index by values that it is told later.
_DUE: Final = """
SELECT t.id FROM tasks_task t JOIN accounts_user u ON u.id = t.owner_id
WHERE t.deleted_at IS NULL AND t.stake_cents IS NOT NULL
  AND NOT t.status = 'success' AND NOT t.status = 'expired'
  AND t.due_at <= %s AND u.is_active ORDER BY t.due_at, t.id LIMIT %s"""


class ChargeHasBegun(Conflict):
    """The task was uncled before, or its deadline has passed and a charge has begun."""

    code = "charge_has_begun"
    default_message = "A charge for this task has already begun."


class TaskIsComplete(Conflict):
    """Nobody gives up on what is done."""

    code = "task_is_complete"
    default_message = "This task is complete."


def cry_uncle(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Give up on a staked task: it expires, and its charge begins as if the deadline had passed.

    Raises NotFound (also for tasks that are not the caller's own, or have no stake), Forbidden,
    ChargeHasBegun, TaskIsComplete.
    Source: stakes document, "POST /api2/me/tasks/:task_id/uncle".
    """
    with transaction.atomic():
        task = locked_stake(principal, task_id)
        uncle_locked(task, at=at)


def uncle_locked(task: Task, *, at: datetime) -> None:
    """Give up on a task that the caller has locked. Raises ChargeHasBegun, TaskIsComplete."""
    if Charge.objects.filter(task=task).exists():
        raise ChargeHasBegun
    try:
        expire_task(task, at=at)
    except StateConflict:
        raise TaskIsComplete from None
    _begin(task, is_uncle=True, at=at)
    failpoint("uncle.before_commit")


def expire_missed(at: datetime) -> int:
    """Expire the staked tasks whose deadline has passed by `at`, and begin their charges. Returns how many.

    A deadline that the database's clock has only just passed is left for the next time: completions compare
    with the same clock. Safe to run twice and side by side, and to be killed anywhere.
    Source: stakes.md, "Charge lifecycle"; reliability.md P6, P7.
    """
    missed = 0
    while batch := _missed_ids(at):
        done = sum(_expire(task_id, at) for task_id in batch)
        missed += done
        if not done:
            break
    return missed


def _missed_ids(at: datetime) -> list[UUID]:
    moment = connection.ops.adapt_datetimefield_value(at)
    return [task.pk for task in Task.objects.raw(_DUE, [moment, _BATCH])]


def _is_missed(at: datetime) -> Q:
    is_in_grace = Q(due_at__lte=DatabaseNow(), due_at__gt=DatabaseNow(-GRACE))
    can_expire = Q(status__in=sorted(TASK["expire"][0]), stake_cents__isnull=False, deleted_at=None)
    return can_expire & Q(due_at__lte=at, owner__is_active=True) & ~is_in_grace


def _expire(task_id: UUID, at: datetime) -> int:
    """Expire one task in a transaction of its own; 0 when somebody holds it or came first."""
    with suppress(AccountClosed), transaction.atomic():
        rows = Task.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        task = rows.filter(_is_missed(at), pk=task_id).first()
        if task is None:
            return 0
        expire_task(task, at=at)
        _begin(task, is_uncle=False, at=at)
        failpoint("expire.before_commit")
        return 1
    return 0


def stake_cents_of(task: Task) -> int:
    """Return the stake of a task that has one."""
    if task.stake_cents is None:
        raise TypeError("this task has no stake")
    return task.stake_cents


def _begin(task: Task, *, is_uncle: bool, at: datetime) -> None:
    """Write the charge down and queue the mail from whose acceptance the delays count."""
    charge = Charge(
        user_id=task.owner_id,
        kind=ChargeKind.STAKE,
        task=task,
        cents=stake_cents_of(task),
        status=ChargeStatus.NOTIFIED,
    )
    open_charge(charge, at=at, actor=OWNER if is_uncle else SYSTEM)
    mails.mail_missed(charge, is_uncle=is_uncle)
