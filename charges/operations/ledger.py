"""Reserving in the month's ledger: one conditional UPDATE decides, with the cap in the same statement (P5).

What is reserved for is decided by staking.py and charge.py.
"""

from datetime import date
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q

from charges.models import Charge, MonthLedger, Wallet
from tasktracker.core.errors import RuleBroken

STAKED: Final = ("staked_cents", "monthly_stake_limit_cents")
CHARGED: Final = ("charged_cents", "monthly_charge_limit_cents")


class MonthlyStakeLimitExceeded(RuleBroken):
    """The stakes of tasks created in the month would exceed the account's own cap."""

    code = "monthly_stake_limit"
    default_message = "Monthly stake limit exceeded"


class MonthlyChargeLimitExceeded(RuleBroken):
    """The /me/charges of the month would exceed the account's own cap."""

    code = "monthly_charge_limit"
    default_message = "Monthly charge limit exceeded"


def reserve_stake(*, user_id: int, month: date, cents: int) -> None:
    """Count a stake in the month in which its task is created. Raises MonthlyStakeLimitExceeded."""
    if not _reserve(STAKED, user_id, month, cents):
        raise MonthlyStakeLimitExceeded


def reserve_charge(*, user_id: int, month: date, cents: int) -> None:
    """Count a charge of /me/charges. Raises MonthlyChargeLimitExceeded."""
    if not _reserve(CHARGED, user_id, month, cents):
        raise MonthlyChargeLimitExceeded


def require_room_to_charge(*, user_id: int, month: date, cents: int) -> None:
    """Check a charge without counting it. Raises MonthlyChargeLimitExceeded."""
    open_month(user_id=user_id, month=month)
    if not _rows(CHARGED, user_id, month, cents).exists():
        raise MonthlyChargeLimitExceeded


def release_charge(charge: Charge) -> None:
    """Give back what a charge had reserved: only when it was definitely declined or cancelled."""
    if charge.month is not None:
        row = MonthLedger.objects.filter(user_id=charge.user_id, month=charge.month)
        row.update(charged_cents=F("charged_cents") - charge.cents)


def open_month(*, user_id: int, month: date) -> None:
    """Make the rows that reservations need, where they are missing."""
    Wallet.objects.bulk_create([Wallet(user_id=user_id)], ignore_conflicts=True)
    MonthLedger.objects.bulk_create([MonthLedger(user_id=user_id, month=month)], ignore_conflicts=True)


def _reserve(what: tuple[str, str], user_id: int, month: date, cents: int) -> bool:
    column, _ = what
    if _rows(what, user_id, month, cents).update(**{column: F(column) + cents}):
        return True
    open_month(user_id=user_id, month=month)  # for most months they are there, so this comes second
    return bool(_rows(what, user_id, month, cents).update(**{column: F(column) + cents}))


def _rows(what: tuple[str, str], user_id: int, month: date, cents: int) -> Any:
    """Select the month's row if it has room for `cents`."""
    column, cap = what
    room = Q(**{cap: None}) | Q(**{f"{cap}__gte": OuterRef(column) + cents})
    return MonthLedger.objects.filter(
        Exists(Wallet.objects.filter(room, user_id=OuterRef("user_id"))), user_id=user_id, month=month
    )
