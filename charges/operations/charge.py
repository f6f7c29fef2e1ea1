"""Charging the caller's card at once: POST /me/charges.

The missed deadlines of stakes are missed.py; what is asked of the processor is steps.py.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q

from accounts.rules.principal import Principal, require_own_account
from charges.models import Charge
from charges.operations.leases import claim_of_maker, first_lease
from charges.operations.ledger import MonthlyChargeLimitExceeded, require_room_to_charge, reserve_charge
from charges.operations.records import OWNER, open_charge
from charges.operations.steps import drive_charge, drive_claimed
from charges.queries.cards import card_on_file
from charges.rules.limits import MAX_NOTE, MAX_REQUEST_ID, charge_problems
from charges.rules.months import month_of
from charges.rules.states import ChargeKind, ChargeStatus
from tasks.rules.limits import text_problems
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import Invalid, PaymentMissing, PaymentRefused, Unavailable
from tasktracker.core.failpoints import failpoint
from tasktracker.core.ids import new_id

_LOOK_SECONDS: Final = 0.1


class NoCard(PaymentMissing):
    """The account has no card that could be charged."""

    code = "no_card"
    default_message = "No payment method on file"


class CardDeclined(PaymentRefused):
    """The bank refused; the attempt is recorded, and its request id answers so for ever."""

    code = "card_declined"
    default_message = "Your card was declined."


class ChargeUndecided(Unavailable):
    """The processor has given no clear answer yet; the same request id brings the settled one later."""

    code = "charge_undecided"

    def __init__(self, request_id: str) -> None:
        message = f"The card processor has not answered yet. Ask again with requestid {request_id}."
        super().__init__(message, retry_after=5)


@dataclass(frozen=True, slots=True)
class ChargeMade:
    """A charge that succeeded, or one that a dry run imagined. note: None when none was given."""

    id: UUID
    cents: int
    note: str | None
    created_at: datetime
    is_dry_run: bool = False


def charge_now(
    *,
    principal: Principal,
    cents: int,
    note: str | None = None,
    request_id: str | None = None,
    is_dry_run: bool = False,
    at: datetime,
) -> ChargeMade:
    """Charge the caller's card now; the money is taken at once.

    cents: 100 to 99,999,999.  request_id: replays return the first answer, success or decline, for ever; None
    makes one.  A replay that comes while the first is under way waits for it, 15 s at most.
    is_dry_run: checks everything and stores nothing.
    Raises Invalid (problems on cents, note, request_id), MonthlyChargeLimitExceeded, NoCard, CardDeclined
    (recorded), ChargeUndecided (after 20 s), NotForKeys.
    Source: stakes document, "POST /api2/me/charges"; reliability.md 4.1, P1, P4, P5.
    """
    require_own_account(principal)
    _require_valid(cents, note, request_id)
    first = _first(principal.user_id, request_id)
    if first is not None:
        return _answer_of_twin(first, at)
    if is_dry_run:
        return _imagined(principal.user_id, cents, note, at)
    charge, is_ours = _reserve(principal.user_id, cents, note, request_id or str(new_id()), at)
    if not is_ours:
        return _answer_of_twin(charge, at)
    failpoint("charge.after_row")
    started = time.monotonic()
    drive_claimed(claim_of_maker(charge, now=at), at=at)
    return _answer(_settled(charge.pk, at, started, settings.TASKTRACKER_CHARGE_SECONDS))


def _require_valid(cents: int, note: str | None, request_id: str | None) -> None:
    problems = [
        *charge_problems(cents),
        *text_problems("note", note or "", MAX_NOTE),
        *text_problems("request_id", request_id or "", MAX_REQUEST_ID),
    ]
    if problems:
        raise Invalid(*problems)


def _first(user_id: int, request_id: str | None) -> Charge | None:
    if request_id is None:
        return None
    return Charge.objects.filter(user_id=user_id, request_id=request_id).first()


def _imagined(user_id: int, cents: int, note: str | None, at: datetime) -> ChargeMade:
    require_room_to_charge(user_id=user_id, month=month_of(at), cents=cents)
    _require_card(user_id)
    return ChargeMade(new_id(), cents, note, at, is_dry_run=True)


def _require_card(user_id: int) -> None:
    if card_on_file(user_id) is None:
        raise NoCard


def _reserve(
    user_id: int, cents: int, note: str | None, request_id: str, at: datetime
) -> tuple[Charge, bool]:
    """Reserve in the ledger and insert the row, all or nothing; say whether the charge is this call's.

    A twin may come between the look and the insert, and may even take the last of the month's room; of many
    twins the last may not get the month's row in time.
    """
    charge = Charge(
        user_id=user_id,
        kind=ChargeKind.DIRECT,
        request_id=request_id,
        cents=cents,
        note=note or "",
        month=month_of(at),
        status=ChargeStatus.RESERVED,
        due_at=at,
        **first_lease(),
    )
    try:
        with transaction.atomic():
            reserve_charge(user_id=user_id, month=month_of(at), cents=cents)
            _require_card(user_id)
            open_charge(charge, at=at, actor=OWNER)
            failpoint("charge.before_row_commit")
    except (IntegrityError, OperationalError, MonthlyChargeLimitExceeded):
        twin = _first(user_id, request_id)
        if twin is None:
            raise
        return twin, False
    return charge, True


def _answer_of_twin(charge: Charge, at: datetime) -> ChargeMade:
    return _answer(_settled(charge.pk, at, time.monotonic(), settings.TASKTRACKER_TWIN_SECONDS))


def _settled(charge_id: UUID, at: datetime, started: float, seconds: float) -> Charge:
    """Wait until a charge has ended, driving it where nobody else does. Raises ChargeUndecided."""
    is_free = Q(lease_until=None) | Q(lease_until__lt=DatabaseNow())
    while True:
        charge = Charge.objects.annotate(is_free=is_free).get(pk=charge_id)
        elapsed = time.monotonic() - started
        if charge.ended_at is not None:
            return charge
        if elapsed + _LOOK_SECONDS > seconds:
            raise ChargeUndecided(charge.request_id or "")
        has_time_for_a_call = elapsed + settings.TASKTRACKER_PROCESSOR_SECONDS < seconds
        if charge.is_free and has_time_for_a_call:
            drive_charge(charge_id, at=at + timedelta(seconds=elapsed))
        time.sleep(_LOOK_SECONDS)


def _answer(charge: Charge) -> ChargeMade:
    """Return what the first call was answered, or raise it."""
    if charge.status in {ChargeStatus.CAPTURED, ChargeStatus.REFUNDED}:
        return ChargeMade(charge.pk, charge.cents, charge.note or None, charge.created_at)
    raise CardDeclined(charge.decline_message or "The charge was cancelled.")
