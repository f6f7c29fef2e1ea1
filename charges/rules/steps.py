"""What to do next about a charge: decided by its row and by the intent as the processor has it, nothing else.

Every worker looks first and then acts, so it makes no difference which was killed where (reliability.md 4.1).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from charges.rules.answers import Intent
from charges.rules.states import OPEN, ChargeKind, ChargeStatus, Wish

TRIES_UNTIL_A_PERSON: Final = 8
DECLINED_DAYS: Final = 3  # a declined authorisation is tried again on so many days that follow
LAPSES_MOST: Final = 1  # a hold is made anew once
NEAR_LAPSE: Final = timedelta(hours=24)  # a contested hold is let go of so long before the bank would
_DELAYS_SECONDS: Final = (1, 3, 10, 30, 60, 120, 240, 300)
_TO_BE_CONFIRMED: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


class Move(Enum):
    """What to do next. The first six ask the processor; the others write down what it said."""

    CREATE = auto()
    CONFIRM = auto()
    CAPTURE = auto()
    CANCEL = auto()
    RELEASE = auto()  # cancel the intent, because the charge is contested; the charge stands still
    REFUND = auto()

    BEGIN = auto()  # the next phase: no money has moved for it yet
    HELD = auto()
    TAKEN = auto()
    DECLINED = auto()
    LAPSED = auto()
    CANCELLED = auto()
    RELEASED = auto()
    REFUNDED = auto()

    WAIT = auto()  # the processor has not decided yet
    DIFFERS = auto()  # the two books cannot both be right: a person must look
    REST = auto()  # nothing to do


_SIMPLE: Final = {"succeeded": Move.TAKEN, "processing": Move.WAIT}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the decision needs of a charge's row."""

    kind: str
    status: str
    wish: str
    is_contested: bool
    cents: int
    seen_failure: str

    @property
    def is_hold(self) -> bool:
        return self.kind == ChargeKind.STAKE


def next_move(facts: Facts, intent: Intent | None) -> Move:
    """Say what to do about a charge whose saved intent, if it has one, is as given."""
    if intent is not None and intent.cents != facts.cents:
        return Move.DIFFERS
    if facts.status not in OPEN:
        return _after_the_end(facts, intent)
    if facts.wish in {Wish.CANCEL, Wish.FORGIVE}:
        return _to_its_end(intent)
    if facts.status in {ChargeStatus.RESERVED, ChargeStatus.NOTIFIED}:
        return Move.REST if facts.is_contested else Move.BEGIN
    return _without_intent(facts) if intent is None else _onwards(facts, intent)


def _after_the_end(facts: Facts, intent: Intent | None) -> Move:
    if facts.status != ChargeStatus.CAPTURED or facts.wish not in {Wish.REFUND, Wish.FORGIVE}:
        return Move.REST
    if intent is None or intent.status != "succeeded":
        return Move.DIFFERS
    return Move.REFUNDED if intent.refunded_cents >= intent.cents else Move.REFUND


def _to_its_end(intent: Intent | None) -> Move:
    if intent is None or intent.status == "canceled":
        return Move.CANCELLED
    return Move.TAKEN if intent.status == "succeeded" else Move.CANCEL


def _without_intent(facts: Facts) -> Move:
    if facts.status == ChargeStatus.AUTHORISED:
        return Move.DIFFERS
    return Move.RELEASED if facts.is_contested else Move.CREATE


def _onwards(facts: Facts, intent: Intent) -> Move:
    """Carry a charge on that has an intent, and that nobody wants ended."""
    if intent.status in _SIMPLE:
        return _SIMPLE[intent.status]
    if intent.status == "canceled":
        return _without_hold(facts)
    if intent.status == "requires_capture":
        return _with_hold(facts)
    if intent.status not in _TO_BE_CONFIRMED or facts.status == ChargeStatus.AUTHORISED:
        return Move.DIFFERS
    return _unconfirmed(facts, intent)


def _without_hold(facts: Facts) -> Move:
    if facts.is_contested:
        return Move.RELEASED
    return Move.LAPSED if facts.is_hold else Move.CANCELLED


def _with_hold(facts: Facts) -> Move:
    if facts.status == ChargeStatus.AUTHORISING:
        return Move.HELD
    if facts.is_contested:
        return Move.RELEASE
    return Move.BEGIN if facts.status == ChargeStatus.AUTHORISED else Move.CAPTURE


def _unconfirmed(facts: Facts, intent: Intent) -> Move:
    """A refusal that was seen before is yesterday's: today's confirmation has not arrived yet."""
    if facts.is_contested:
        return Move.RELEASE
    is_new = intent.failure is not None and intent.failure_id != facts.seen_failure
    return Move.DECLINED if is_new or intent.status == "requires_action" else Move.CONFIRM


def retry_delay(tries: int) -> timedelta:
    """Return how long to wait after try number `tries` (1 is the first) brought no clear answer."""
    return timedelta(seconds=_DELAYS_SECONDS[min(max(tries, 1), len(_DELAYS_SECONDS)) - 1])


def may_lapse_again(lapses: int) -> bool:
    """Say whether a hold that lapsed is made anew."""
    return lapses <= LAPSES_MOST


def next_authorisation(declines: int, at: datetime) -> datetime | None:
    """Return when to try after refusal number `declines`; None when that was the last (ruling "Money")."""
    return at + timedelta(days=1) if declines <= DECLINED_DAYS else None


def contested_hold_ends(capture_before: datetime | None) -> datetime | None:
    """Return when a contested hold is let go of; None when the processor did not say how long it lasts."""
    return capture_before - NEAR_LAPSE if capture_before else None
