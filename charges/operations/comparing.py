"""Comparing one intent with the charge that it was made for: what to wake, take in, tidy up or flag (P3).

Which intents are looked at is decided by reconcile.py and processor_events.py.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from charges.gateways.intents import cancel_intent, read_intent
from charges.models import Charge, Difference
from charges.operations.records import PROCESSOR, alarm, move, note
from charges.queries.charges import locked_charge
from charges.rules.answers import Intent, Unknown
from charges.rules.books import MONEY, OVER, difference, difference_of_other, is_back
from charges.rules.states import OPEN, ChargeStatus, PersonReason, Wish
from tasktracker.core.states import StateConflict

log = logging.getLogger(__name__)

_LEFT_OVER_AFTER: Final = timedelta(hours=1)


def compare_intent(intent: Intent, *, at: datetime, is_fresh: bool = False) -> bool:
    """Take in what the processor says of an intent. Returns True for a difference that was not known.

    is_fresh: read just now; else it is read again before anything is flagged, as rows may have moved on.
    """
    charge = _charge_of(intent)
    if charge is None:
        is_odd = bool(intent.charge_id) and intent.status in MONEY
        return is_odd and note_difference(f"stranger:{intent.id}", intent, "no charge of ours", at)
    is_own = charge.intent_id == intent.id
    if is_own:
        detail = difference(status=charge.status, cents=charge.cents, intent=intent)
    else:
        detail = difference_of_other(round_=charge.round, intent=intent)
    if detail is None:
        _take_in(charge, intent, at) if is_own else _tidy_up(charge, intent, at)
        return False
    if not is_fresh:
        fresh = read_intent(intent.id)
        return not isinstance(fresh, Unknown) and compare_intent(fresh, at=at, is_fresh=True)
    return _flag(charge, intent, detail, at)


def note_difference(
    key: str, intent: Intent | None, detail: str, at: datetime, *, charge: Charge | None = None
) -> bool:
    """Write down that the two books differ, once for each key. Returns whether it was not known before."""
    said = {
        "charge": charge,
        "intent_id": intent.id if intent else "",
        "detail": detail[:300],
        "found_at": at,
    }
    _, is_new = Difference.objects.get_or_create(key=key[:300], defaults=said)
    if is_new:
        log.error("processor.differs", extra={"about": key, "why": detail})
    return is_new


def _charge_of(intent: Intent) -> Charge | None:
    try:
        charge_id = UUID(intent.charge_id)
    except ValueError:
        return None
    return Charge.objects.filter(pk=charge_id).first()


def _take_in(charge: Charge, intent: Intent, at: datetime) -> None:
    """Wake an open charge whose intent is over when nothing else would; note what was given back there."""
    wakes = charge.status in OPEN and intent.status in OVER and not charge.needs_person
    is_asleep = charge.due_at is None or charge.due_at > at
    is_refunded = charge.status == ChargeStatus.CAPTURED and charge.wish == Wish.NONE and is_back(intent)
    if not ((wakes and is_asleep) or is_refunded):
        return
    try:
        with transaction.atomic():
            locked = locked_charge(charge.pk)
            if (locked.status, locked.fence, locked.wish) != (charge.status, charge.fence, charge.wish):
                return  # a worker is at it, who looks at the intent, too
            if is_refunded:
                move(locked, "refund", at=at, actor=PROCESSOR, detail="refunded at the processor")
            else:
                note(locked, "woken", at=at, actor=PROCESSOR, detail=f"intent is {intent.status}", due_at=at)
    except StateConflict:
        return


def _tidy_up(charge: Charge, intent: Intent, at: datetime) -> None:
    """Cancel an intent that was made and never saved, once it is certain that nobody will save it."""
    is_left_over = charge.intent_id is not None or charge.status not in OPEN
    if intent.status not in OVER and is_left_over and intent.created_at < at - _LEFT_OVER_AFTER:
        cancel_intent(intent.id, key=f"chg:{charge.pk}:tidy:{intent.id}")


def _flag(charge: Charge, intent: Intent, detail: str, at: datetime) -> bool:
    is_new = note_difference(f"charge:{charge.pk}:{intent.id}:{detail}", intent, detail, at, charge=charge)
    if not charge.needs_person:
        with suppress(StateConflict):  # a worker has the row; it is noted all the same
            alarm(charge, PersonReason.DIFFERS, at=at, detail=detail, due_at=None)
    return is_new
