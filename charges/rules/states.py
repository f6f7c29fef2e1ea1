"""How a charge moves (reliability.md 4.1): the words and the one table that core.states.advance obeys.

    a missed deadline
        notified ── authorise ─> authorising ── hold ─> authorised ── capture ─> capturing ── take ─> captured
        authorising ── postpone ──> notified          the bank refused: tried again on the next days
        authorising ── decline ───> declined          ... until the last of them
        authorised, capturing ── rehold ─> authorising   the hold lapsed; ── lapse ─> lapsed, the second time
        authorising, authorised, capturing ── release ─> notified     contested: the hold is let go of
    a call of /me/charges
        reserved ── charge ──> capturing ── take ──> captured, or declined
    anything that has not ended ── cancel ──> cancelled;  captured ── refund ──> refunded

What a step asks of the processor stands in steps.py.
"""

from enum import StrEnum
from typing import Final

from tasktracker.core.states import Table


class ChargeStatus(StrEnum):
    """Where a charge is."""

    RESERVED = "reserved"
    NOTIFIED = "notified"
    AUTHORISING = "authorising"
    AUTHORISED = "authorised"
    CAPTURING = "capturing"
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    REFUNDED = "refunded"


class ChargeKind(StrEnum):
    """What a charge is for: a missed deadline, or a call of /me/charges."""

    STAKE = "stake"
    DIRECT = "direct"


class Wish(StrEnum):
    """What somebody decided that the processor has not yet been told.

    CANCEL: end it where money has not moved.  FORGIVE: end it, and give back what has.  REFUND: give it back.
    """

    NONE = ""
    CANCEL = "cancel"
    FORGIVE = "forgive"
    REFUND = "refund"


class PersonReason(StrEnum):
    """Why a charge needs a person. Of these only NO_ANSWER goes on being tried, and ends by itself."""

    NONE = ""
    NO_ANSWER = "no_answer"
    MAIL_FAILED = "mail_failed"
    DIFFERS = "differs"


_S = ChargeStatus
OPEN: Final = frozenset({_S.RESERVED, _S.NOTIFIED, _S.AUTHORISING, _S.AUTHORISED, _S.CAPTURING})
ENDED: Final = frozenset(_S) - OPEN

CHARGE: Final[Table] = {
    "charge": (frozenset({_S.RESERVED}), _S.CAPTURING),
    "authorise": (frozenset({_S.NOTIFIED}), _S.AUTHORISING),
    "postpone": (frozenset({_S.AUTHORISING}), _S.NOTIFIED),
    "hold": (frozenset({_S.AUTHORISING}), _S.AUTHORISED),
    "capture": (frozenset({_S.AUTHORISED}), _S.CAPTURING),
    "take": (frozenset({_S.AUTHORISING, _S.AUTHORISED, _S.CAPTURING}), _S.CAPTURED),
    "release": (frozenset({_S.AUTHORISING, _S.AUTHORISED, _S.CAPTURING}), _S.NOTIFIED),
    "rehold": (frozenset({_S.AUTHORISING, _S.AUTHORISED, _S.CAPTURING}), _S.AUTHORISING),
    "lapse": (frozenset({_S.AUTHORISING, _S.AUTHORISED, _S.CAPTURING}), _S.LAPSED),
    "decline": (frozenset({_S.RESERVED, _S.NOTIFIED, _S.AUTHORISING, _S.CAPTURING}), _S.DECLINED),
    "cancel": (OPEN, _S.CANCELLED),
    "refund": (frozenset({_S.CAPTURED}), _S.REFUNDED),
}
