"""What of a charge's log its owner is shown, and what comes next: the events of many workers in few words.

The log itself is kept whole (operations/records.py); what people read for each word is the page's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from charges.rules.states import ChargeKind, ChargeStatus


class StepKind(StrEnum):
    """One thing that happened to a charge, or will."""

    MISSED = "missed"
    UNCLED = "uncled"
    ASKED = "asked"
    MAILED = "mailed"
    HELD = "held"
    TAKEN = "taken"
    POSTPONED = "postponed"
    DECLINED = "declined"
    CONTESTED = "contested"
    UPHELD = "upheld"
    FORGIVEN = "forgiven"
    REFUND_DECIDED = "refund_decided"
    REFUNDED = "refunded"
    RELEASED = "released"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    NEEDS_PERSON = "needs_person"
    RESUMED = "resumed"
    WILL_HOLD = "will_hold"
    WILL_TAKE = "will_take"


@dataclass(frozen=True, slots=True)
class Step:
    """A step with its moment. is_ahead: it has not happened yet; at: None where it is not known when."""

    kind: StepKind
    at: datetime | None
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What says how a charge goes on.

    mailed_at: from then the delays count.  due_at: when it is looked at next.  capture_at: when its delay is
    over; None until the mail was accepted.  is_still: contested, decided about, or waiting for a person.
    """

    status: str
    is_still: bool
    mailed_at: datetime | None
    due_at: datetime | None
    capture_at: datetime | None


_BY_EVENT: Final = {
    "mailed": StepKind.MAILED,
    "hold": StepKind.HELD,
    "take": StepKind.TAKEN,
    "postpone": StepKind.POSTPONED,
    "decline": StepKind.DECLINED,
    "contest": StepKind.CONTESTED,
    "uphold": StepKind.UPHELD,
    "forgive": StepKind.FORGIVEN,
    "release": StepKind.RELEASED,
    "rehold": StepKind.LAPSED,
    "lapse": StepKind.LAPSED,
    "cancel": StepKind.CANCELLED,
    "needs_person": StepKind.NEEDS_PERSON,
    "try_again": StepKind.RESUMED,
}


def step_of(event: str, *, actor: str, kind: str, after: str) -> StepKind | None:
    """Say what an event of the log is to the owner; None for those that only workers care about."""
    if event == "open":
        if kind == ChargeKind.DIRECT:
            return StepKind.ASKED
        return StepKind.UNCLED if actor == "owner" else StepKind.MISSED
    if event == "refund":  # staff's word, and later the processor's
        return StepKind.REFUNDED if after == ChargeStatus.REFUNDED else StepKind.REFUND_DECIDED
    return _BY_EVENT.get(event)


def steps_ahead(outlook: Outlook) -> Iterator[Step]:
    """List what comes next by itself, in order."""
    if outlook.is_still:
        return
    match outlook.status:
        case ChargeStatus.NOTIFIED:
            hold_at = outlook.due_at if outlook.mailed_at else None
            yield Step(StepKind.WILL_HOLD, hold_at, is_ahead=True)
            take_at = max(hold_at, outlook.capture_at) if hold_at and outlook.capture_at else None
            yield Step(StepKind.WILL_TAKE, take_at, is_ahead=True)
        case ChargeStatus.AUTHORISING:
            yield Step(StepKind.WILL_HOLD, None, is_ahead=True)
            yield Step(StepKind.WILL_TAKE, outlook.capture_at, is_ahead=True)
        case ChargeStatus.AUTHORISED:
            yield Step(StepKind.WILL_TAKE, outlook.due_at, is_ahead=True)
        case ChargeStatus.CAPTURING:
            yield Step(StepKind.WILL_TAKE, None, is_ahead=True)
