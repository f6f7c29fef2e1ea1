"""Stakes that come back: when the newest deadline has passed, one next task is made.

How a stake is put on a task is staking.py.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.operations.credentials import principal_of_user
from accounts.queries.accounts import zone_of
from accounts.rules.principal import Principal, require_own_account
from charges.models import RecurringStake
from charges.operations import mails
from charges.operations.ledger import MonthlyStakeLimitExceeded
from charges.operations.staking import create_staked_task
from charges.rules.recurrence import next_due, next_month_due
from tasktracker.core.errors import NotFound
from tasktracker.core.failpoints import failpoint
from tasktracker.core.money import dollars

_BATCH: Final = 50


class NoSuchRecurring(NotFound):
    """There is no such recurring stake, or it is somebody else's, or it was stopped."""

    default_message = "Recurring task not found"


def stop_recurring(*, principal: Principal, recurring_id: UUID, at: datetime) -> None:
    """Let no more tasks come from a recurring stake; those that were made stay.

    Raises NoSuchRecurring, NotForKeys.
    """
    require_own_account(principal)
    own = RecurringStake.objects.filter(pk=recurring_id, user_id=principal.user_id, stopped_at=None)
    if not own.update(stopped_at=at):
        raise NoSuchRecurring


def make_recurring(at: datetime) -> int:
    """Make the next task of each recurring stake whose newest deadline has passed. Returns how many.

    One for each, due at the first slot after `at`, also after a pause. Where the month's limit does not allow
    it the slot is passed over, and its owner told. Safe to run twice and side by side.
    Source: README.md of the contract, "Recurrence".
    """
    made = 0
    while batch := _due_ids(at):
        ends = [_make(recurring_id, at) for recurring_id in batch]
        made += ends.count(True)
        if all(end is None for end in ends):
            break
    return made


def _due_ids(at: datetime) -> list[UUID]:
    due = RecurringStake.objects.filter(last_due_at__lte=at, stopped_at=None, user__is_active=True)
    return list(due.order_by("last_due_at", "pk").values_list("pk", flat=True)[:_BATCH])


def _make(recurring_id: UUID, at: datetime) -> bool | None:
    """Make one task and move on, in one transaction. False: its limit is reached; None: somebody has it."""
    with transaction.atomic():
        rows = RecurringStake.objects.select_for_update(skip_locked=True, of=("self",))
        due = rows.filter(pk=recurring_id, last_due_at__lte=at, stopped_at=None).first()
        if due is None:
            return None
        due.last_due_at = _next_due(due, at)
        due.save(update_fields=["last_due_at"])
        is_made = _stake(due, at)
        failpoint("recurring.before_commit")
    return is_made


def _next_due(recurring: RecurringStake, at: datetime) -> datetime:
    last_due_at = recurring.last_due_at
    if recurring.days is not None:
        return next_due(last_due_at=last_due_at, days=recurring.days, at=at)
    return next_month_due(
        last_due_at=last_due_at,
        months=recurring.months or 1,
        month_day=recurring.month_day or 1,
        zone=zone_of(recurring.user_id),
        at=at,
    )


def _stake(recurring: RecurringStake, at: datetime) -> bool:
    user = User.objects.get(pk=recurring.user_id)
    try:
        with transaction.atomic():
            create_staked_task(
                principal=principal_of_user(user, at),
                title=recurring.title,
                due_at=recurring.last_due_at,
                stake_cents=recurring.stake_cents,
                at=at,
            )
    except MonthlyStakeLimitExceeded:
        _tell(user, recurring)
        return False
    return True


def _tell(user: User, recurring: RecurringStake) -> None:
    mails.mail_owner(
        user,
        mails.STAKE_SKIPPED,
        key=f"{recurring.pk}:{recurring.last_due_at.isoformat()}",
        title=recurring.title,
        due_at=recurring.last_due_at,
        count=recurring.days or recurring.months,
        unit="day" if recurring.days else "month",
        dollars=dollars(recurring.stake_cents),
    )
