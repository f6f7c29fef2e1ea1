"""Events of the processor: checked, kept by their own id, and applied by reading their object again (P3).

What a look at an intent means for a charge is comparing.py.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from charges.gateways.events import BadSignature, Event, verified_event
from charges.gateways.intents import read_intent
from charges.models import ProcessorEvent
from charges.operations.cards import adopt_checkout
from charges.operations.comparing import compare_intent
from charges.rules.answers import MISSING, Unknown
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import BadCredential
from tasktracker.core.failpoints import failpoint
from tasktracker.core.jobs import enqueue_on_commit

log = logging.getLogger(__name__)

TRIES_MOST: Final = 12
KEPT: Final = timedelta(days=60)
_AGAIN: Final = timedelta(minutes=1)
_BATCH: Final = 100
TURN_SECONDS: Final = 8.0


class ForgedEvent(BadCredential):
    """The event was not signed by the processor, or not now."""

    code = "forged_event"
    default_message = "This event is not signed as it must be."


def receive_event(*, body: bytes, signature: str) -> None:
    """Keep an event that the processor sent, to be applied by a worker. Sent again it is the same row.

    body: the raw bytes.  signature: the header Stripe-Signature.  Raises ForgedEvent.
    Source: reliability.md 4.1, section 8 "processor events in".
    """
    try:
        event = verified_event(body, signature)
    except BadSignature:
        raise ForgedEvent from None
    with transaction.atomic():
        keep_events([event])
        enqueue_on_commit("charges.events")


def keep_events(events: list[Event]) -> None:
    """Write down events that are not known yet; due at once, in the processor's time."""
    rows = [
        ProcessorEvent(
            id=event.id,
            type=event.type,
            object_id=event.object_id,
            received_at=DatabaseNow(),
            due_at=DatabaseNow(),
        )
        for event in events
    ]
    ProcessorEvent.objects.bulk_create(rows, ignore_conflicts=True)


def apply_events(at: datetime) -> int:
    """Apply events that are due, for a turn of 8 s. Returns how many. Their order makes no difference.

    Safe to run twice and side by side.
    """
    applied = 0
    ends = time.monotonic() + TURN_SECONDS
    due = ProcessorEvent.objects.filter(due_at__lte=at).order_by("due_at", "pk")
    for event in list(due[:_BATCH]):
        if time.monotonic() > ends:
            break
        applied += _claim(event) and _apply(event, at)
    return applied


def remove_old_events(at: datetime) -> int:
    """Forget events that were applied long ago; the processor does not send them again. Returns how many."""
    applied = ProcessorEvent.objects.filter(received_at__lt=at - KEPT, due_at=None)
    old = applied.filter(received_at__lt=DatabaseNow(-KEPT)).order_by("received_at")  # they came in real time
    ids = list(old.values_list("pk", flat=True)[:_BATCH])
    return ProcessorEvent.objects.filter(pk__in=ids).delete()[0]


def _claim(event: ProcessorEvent) -> bool:
    """Take an event; when we die over it, it is due again after a while."""
    row = ProcessorEvent.objects.filter(pk=event.pk, due_at=event.due_at)
    later = (event.due_at or event.received_at) + _AGAIN * 2**event.tries
    return row.update(due_at=later if event.tries < TRIES_MOST else None, tries=F("tries") + 1) > 0


def _apply(event: ProcessorEvent, at: datetime) -> bool:
    is_done = _look_again(event.object_id, at)
    failpoint("events.after_look")
    if is_done:
        ProcessorEvent.objects.filter(pk=event.pk).update(due_at=None)
    elif event.tries >= TRIES_MOST:
        log.error("processor_event.given_up", extra={"event_id": event.pk, "type": event.type})
    return is_done


def _look_again(object_id: str, at: datetime) -> bool:
    """Read what an event is about, and take in what is true of it now. False: no clear answer."""
    if object_id.startswith("cs_"):
        return adopt_checkout(object_id, at=at)
    if not object_id.startswith("pi_"):
        return True  # nothing that we keep hangs on it
    intent = read_intent(object_id)
    if isinstance(intent, Unknown):
        return intent == MISSING
    compare_intent(intent, at=at)
    return True
