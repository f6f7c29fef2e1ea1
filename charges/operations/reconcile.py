"""Comparing the processor's book with ours, both ways: often the last hours, every night the last nine days.

What one difference means is comparing.py.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, Sum

from charges.gateways.events import list_events
from charges.gateways.intents import list_intents, read_intent
from charges.gateways.stripe_client import is_configured
from charges.models import Charge, Cursor, MonthLedger
from charges.operations.comparing import compare_intent, note_difference
from charges.operations.processor_events import keep_events
from charges.operations.records import note
from charges.rules.answers import MISSING, Intent, Unknown
from charges.rules.months import month_of
from charges.rules.states import OPEN, ChargeKind, ChargeStatus
from tasks.models import Task
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.states import StateConflict

log = logging.getLogger(__name__)

RECENT: Final = "recent"
NIGHTLY: Final = "nightly"
_EVERY: Final = {RECENT: timedelta(minutes=5), NIGHTLY: timedelta(hours=24)}
_BACK: Final = {RECENT: timedelta(hours=2), NIGHTLY: timedelta(days=9)}  # holds last seven days
_STUCK_AFTER: Final = timedelta(minutes=10)
_BATCH: Final = 200
_WITH_MONEY: Final = (ChargeStatus.AUTHORISED, ChargeStatus.CAPTURED, ChargeStatus.REFUNDED)
_RESERVES_NOTHING: Final = (ChargeStatus.DECLINED, ChargeStatus.CANCELLED)


def reconcile_when_due(at: datetime) -> int:
    """Compare what is due to be compared, by the database's clock. Returns how many are new."""
    if not is_configured():
        return 0
    return sum(_run(name, at) for name in (RECENT, NIGHTLY) if _take_turn(name))


def reconcile_now(at: datetime) -> int:
    """Compare everything of the last nine days. Returns how many differences are new."""
    return _run(NIGHTLY, at) if is_configured() else 0


def _take_turn(name: str) -> bool:
    """Decide by one UPDATE which of several workers runs this one."""
    turn = Cursor.objects.filter(pk=name, ran_at__lte=DatabaseNow(-_EVERY[name]))
    if turn.update(ran_at=DatabaseNow()):
        return True
    is_first = not Cursor.objects.filter(pk=name).exists()
    if is_first:
        _open_cursor(name)
    return is_first


def _open_cursor(name: str) -> None:
    row = Cursor(name=name, ran_at=DatabaseNow(), reached_at=DatabaseNow())
    Cursor.objects.bulk_create([row], ignore_conflicts=True)


def _run(name: str, at: datetime) -> int:
    """Look back from where the last run came to, so that an outage of ours leaves no gap.

    The processor lives in real time, whatever moment a sweep was told.
    """
    _open_cursor(name)
    since = Cursor.objects.get(pk=name).reached_at - _BACK[name]
    intents = list_intents(since=since)
    events = list_events(since=since)
    if isinstance(intents, Unknown) or isinstance(events, Unknown):
        log.warning("reconcile.no_answer", extra={"which": name})
        return 0
    keep_events(events)
    found = sum(compare_intent(intent, at=at) for intent in intents)
    found += _compare_rows(intents, since, at)
    if name == NIGHTLY:
        found += _compare_ledgers(at)
    _wake_stuck(at)
    Cursor.objects.filter(pk=name).update(reached_at=DatabaseNow())
    return found


def _compare_rows(listed: Sequence[Intent], since: datetime, at: datetime) -> int:
    """Look for charges of ours that the processor did not list: each of them is asked for."""
    known = {intent.id for intent in listed}
    rows = Charge.objects.filter(status__in=_WITH_MONEY, updated_at__gte=since, intent_id__isnull=False)
    missing = [
        charge for charge in rows.order_by("pk").iterator(chunk_size=_BATCH) if charge.intent_id not in known
    ]
    return sum(_compare_row(charge, at) for charge in missing[:_BATCH])


def _compare_row(charge: Charge, at: datetime) -> bool:
    intent = read_intent(str(charge.intent_id))
    if isinstance(intent, Unknown):
        is_missing = intent == MISSING
        return is_missing and note_difference(f"missing:{charge.pk}", None, "not there", at, charge=charge)
    return compare_intent(intent, at=at)


def _compare_ledgers(at: datetime) -> int:
    """Add the month up again, and compare with what was reserved."""
    month = month_of(at)
    charged = _sums(
        Charge.objects.filter(kind=ChargeKind.DIRECT, month=month)
        .exclude(status__in=_RESERVES_NOTHING)
        .order_by()
        .values_list("user_id")
        .annotate(Sum("cents"))
    )
    later = (month + timedelta(days=32)).replace(day=1)
    is_in_month = Q(created_at__date__gte=month, created_at__date__lt=later)
    staked = _sums(
        Task.objects.filter(is_in_month, stake_cents__isnull=False)
        .order_by()
        .values_list("owner_id")
        .annotate(Sum("stake_cents"))
    )
    rows = MonthLedger.objects.filter(month=month)
    return sum(_differs(row, staked, charged, at) for row in rows.iterator(chunk_size=_BATCH))


def _sums(rows: Iterable[tuple[int, int]]) -> dict[int, int]:
    return dict(rows)


def _differs(row: MonthLedger, staked: dict[int, int], charged: dict[int, int], at: datetime) -> bool:
    found = (staked.get(row.user_id, 0), charged.get(row.user_id, 0))
    if found == (row.staked_cents, row.charged_cents):
        return False
    fresh = MonthLedger.objects.get(pk=row.pk)
    if (fresh.staked_cents, fresh.charged_cents) != (row.staked_cents, row.charged_cents):
        return False  # money moved while we added up; the next night will tell
    detail = f"reserved {row.staked_cents}, {row.charged_cents}; rows say {found[0]}, {found[1]}"
    return note_difference(f"ledger:{row.user_id}:{row.month}:{found}", None, detail, at)


def _wake_stuck(at: datetime) -> None:
    """Let workers look at open charges that nothing would ever wake: there should be none."""
    waits = Q(status=ChargeStatus.NOTIFIED, mailed_at=None) | Q(is_contested=True) | ~Q(needs_person="")
    stuck = Charge.objects.filter(
        status__in=sorted(OPEN), due_at=None, updated_at__lt=at - _STUCK_AFTER
    ).exclude(waits)
    for charge in list(stuck[:_BATCH]):
        log.error("charge.stuck", extra={"charge": str(charge.pk)})
        try:
            note(charge, "woken", at=at, detail="nothing was due", due_at=at)
        except StateConflict:
            continue
