"""Charges as their owner sees them, and as operations lock them.

Staked tasks with their charges are stakes.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounts.rules.principal import Principal
from charges.models import Charge, ChargeEvent, MonthLedger
from charges.rules.links import CONTEST_PURPOSE
from charges.rules.months import months_back
from charges.rules.states import ChargeKind, ChargeStatus
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.derived import is_derived_secret
from tasktracker.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Month:
    """What an account did with money in a UTC month.

    staked_cents: stakes of tasks created in it.  charged_cents: /me/charges that count in its limit.
    taken_cents: all that was captured in it, missed deadlines too, and not given back.
    """

    month: date
    staked_cents: int
    charged_cents: int
    taken_cents: int


def charges_of(principal: Principal) -> QuerySet[Charge]:
    """List the caller's own charges with their tasks, newest first."""
    return Charge.objects.filter(user_id=principal.user_id).select_related("task").order_by("-pk")


def charge_of(principal: Principal, charge_id: UUID) -> Charge:
    """Find one charge of the caller's own. Raises NotFound."""
    charge = charges_of(principal).filter(pk=charge_id).first()
    if charge is None:
        raise NotFound
    return charge


def charge_by_link(*, charge_id: UUID, key: str) -> Charge:
    """Find the charge of a stake by the link in its mails. Raises NotFound, the same for every miss."""
    rows = Charge.objects.filter(pk=charge_id, kind=ChargeKind.STAKE, user__is_active=True)
    charge = rows.select_related("task", "user").first()
    # Compared also where there is none, so that time does not tell.
    is_right = is_derived_secret(key, CONTEST_PURPOSE, charge_id, charge.user_id if charge else 0)
    if charge is None or not is_right:
        raise NotFound
    return charge


def events_of(charge: Charge) -> Sequence[ChargeEvent]:
    """List everything that happened to a charge, oldest first."""
    return list(ChargeEvent.objects.filter(charge=charge).order_by("pk"))


def locked_charge(charge_id: UUID, *, user_id: int | None = None) -> Charge:
    """Lock one charge for a change, inside a transaction. user_id: only this account's. Raises NotFound."""
    rows = Charge.objects.select_for_update(of=("self",)).filter(pk=charge_id)
    charge = (rows if user_id is None else rows.filter(user_id=user_id)).first()
    if charge is None:
        raise NotFound
    return charge


def months_of(principal: Principal, *, until: date, count: int = 12) -> Sequence[Month]:
    """List what the caller staked and was charged in each of the last months, oldest first; zeros too.

    until: the first day of the last month. Two statements.
    """
    months = months_back(until, count)
    ledgers = {
        row.month: (row.staked_cents, row.charged_cents)
        for row in MonthLedger.objects.filter(user_id=principal.user_id, month__in=months)
    }
    taken = _taken_by_month(principal.user_id, since=months[0])
    return [Month(month, *ledgers.get(month, (0, 0)), taken.get(month, 0)) for month in months]


def _taken_by_month(user_id: int, *, since: date) -> dict[date, int]:
    first = datetime.combine(since, time(), UTC)
    taken = Charge.objects.filter(user_id=user_id, status=ChargeStatus.CAPTURED, ended_at__gte=first)
    by_month = taken.annotate(taken_in=TruncMonth("ended_at", tzinfo=UTC)).order_by().values("taken_in")
    summed = by_month.annotate(cents=Sum("cents"))
    return {row["taken_in"].date(): row["cents"] for row in summed}


def due_charge_ids(at: datetime, limit: int, *, tired_of: Sequence[UUID] = ()) -> list[UUID]:
    """List charges that are due and that nobody holds, holds that end soonest first (P9).

    tired_of: all but these.
    """
    is_free = Q(lease_until=None) | Q(lease_until__lt=DatabaseNow())
    rows = Charge.objects.filter(is_free, due_at__lte=at).exclude(pk__in=tired_of)
    ordered = rows.order_by(F("capture_before").asc(nulls_last=True), "due_at", "pk")
    return list(ordered.values_list("pk", flat=True)[:limit])
