"""What the card processor can answer, as values: all that steps.py decides by.

Anything that is neither a clear success nor a clear decline is Unknown, whatever it was (reliability.md 4.1).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Decline:
    """Why the bank said no. message: the processor's sentence for the card's owner."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment intent as it is.

    status: the processor's word.  charge_id, round: which of ours it was made for, "" and 0 for a stranger's.
    failure, failure_id: the last refusal of the bank and the processor's id of it; None and "" without one.
    capture_before: until when a hold can be captured.
    """

    id: str
    status: str
    cents: int
    received_cents: int
    refunded_cents: int
    customer_id: str
    charge_id: str
    round: int
    created_at: datetime
    capture_before: datetime | None = None
    failure: Decline | None = None
    failure_id: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank said no to this very call. failure_id: the processor's id of the refusal."""

    decline: Decline
    failure_id: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money was given back."""

    refund_id: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """No clear answer came: it may or may not have happened. reason: a short stable word."""

    reason: str


MISSING: Final = Unknown("missing")  # the processor says that there is no such object
