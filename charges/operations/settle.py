"""Writing down what the processor said: state, ledger, mail and event, each time in one transaction.

Asking the processor is steps.py.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from charges.models import Charge
from charges.operations import mails
from charges.operations.leases import Claim
from charges.operations.ledger import release_charge
from charges.operations.records import PROCESSOR, alarm, move, set_columns
from charges.rules.answers import Decline, Intent
from charges.rules.states import ChargeKind, PersonReason, Wish
from charges.rules.steps import (
    TRIES_UNTIL_A_PERSON,
    Move,
    contested_hold_ends,
    may_lapse_again,
    next_authorisation,
    retry_delay,
)

_DESCRIPTION_CHARACTERS: Final = 500
_FRESH: Final[dict[str, Any]] = {"intent_id": None, "capture_before": None}
_ASKED_FOR_OWNER: Final = Decline("authentication_required", "Your bank asked for you in person.")


def write_down(charge: Charge, what: Move, intent: Intent | None, *, at: datetime) -> None:
    """Write down one of the findings of rules.steps. Raises StateConflict, nothing is changed then."""
    with transaction.atomic():
        if what in _WITH_INTENT and intent is not None:
            _WITH_INTENT[what](charge, intent, at)
        elif what in _WITHOUT_INTENT:
            _WITHOUT_INTENT[what](charge, at)
        else:
            detail = f"intent is {intent.status} over {intent.cents} cents" if intent else "no intent"
            alarm(charge, PersonReason.DIFFERS, at=at, detail=detail, due_at=None, lease_until=None)


def write_decline(charge: Charge, decline: Decline, failure_id: str, *, at: datetime) -> None:
    """Write down that the bank refused: the end of a direct charge, another day for a stake's.

    Raises StateConflict, nothing is changed then.
    """
    said: dict[str, Any] = {
        "declines": charge.declines + 1,
        "decline_code": decline.code,
        "decline_message": decline.message,
        "seen_failure": failure_id,
    }
    again_at = next_authorisation(charge.declines + 1, at) if charge.kind == ChargeKind.STAKE else None
    with transaction.atomic():
        if again_at is not None:
            move(charge, "postpone", at=at, actor=PROCESSOR, detail=decline.code, due_at=again_at, **said)
        else:
            release_charge(charge)
            move(charge, "decline", at=at, actor=PROCESSOR, detail=decline.code, **said)
        if charge.kind == ChargeKind.STAKE or charge.fence > 1:  # else the caller's answer says so
            mails.mail_declined(charge, next_at=again_at)


def try_later(claim: Claim, reason: str, *, at: datetime) -> None:
    """Let a charge about which no clear answer came be claimed again later; call for a person at last.

    Under a told moment tries follow each other as they would have by then. Raises StateConflict.
    """
    charge = claim.charge
    base = max(charge.due_at or claim.now, claim.now)
    later: dict[str, Any] = {
        "due_at": base + retry_delay(charge.tries),
        "lease_until": None,
        "last_error": reason[:200],
    }
    if charge.tries >= TRIES_UNTIL_A_PERSON and not charge.needs_person:
        alarm(charge, PersonReason.NO_ANSWER, at=at, detail=reason, **later)
    else:
        set_columns(charge, **later)


def description_of(charge: Charge) -> str:
    """Write what the processor's own pages and the card's owner see the charge is for."""
    about = charge.task.title if charge.task else charge.note
    return f"Task Tracker: {about or 'charge'}"[:_DESCRIPTION_CHARACTERS]


def capture_moment(charge: Charge, at: datetime) -> datetime:
    """Return when a hold is captured: a while after the notification was accepted."""
    if charge.mailed_at is None:
        return at
    return charge.mailed_at + timedelta(seconds=settings.TASKTRACKER_CAPTURE_AFTER_SECONDS)


def _held(charge: Charge, intent: Intent, at: datetime) -> None:
    """The card is held. What is contested meanwhile stands still until the hold nears its end."""
    capture_at = capture_moment(charge, at)
    due_at = contested_hold_ends(intent.capture_before) if charge.is_contested else capture_at
    move(
        charge,
        "hold",
        at=at,
        actor=PROCESSOR,
        authorised_at=at,
        capture_before=intent.capture_before,
        due_at=due_at,
    )
    mails.mail_authorised(charge, capture_at=max(capture_at, at))


def _taken(charge: Charge, at: datetime) -> None:
    """Money was taken: a wish to cancel came too late, one to forgive means that it goes back."""
    wants_back = charge.wish == Wish.FORGIVE
    changes: dict[str, Any] = {"due_at": at} if wants_back else {"wish": Wish.NONE}
    move(charge, "take", at=at, actor=PROCESSOR, **changes)
    mails.mail_receipt(charge)


def _lapsed(charge: Charge, at: datetime) -> None:
    """The hold is gone: hold the card once more, but not for ever (P9)."""
    lapses = charge.lapses + 1
    if may_lapse_again(lapses):
        fresh: dict[str, Any] = {"round": charge.round + 1, "due_at": at, **_FRESH}
        move(charge, "rehold", at=at, actor=PROCESSOR, lapses=lapses, **fresh)
    else:
        move(charge, "lapse", at=at, actor=PROCESSOR, lapses=lapses)


def _declined(charge: Charge, intent: Intent, at: datetime) -> None:
    write_decline(charge, intent.failure or _ASKED_FOR_OWNER, intent.failure_id, at=at)


def _cancelled(charge: Charge, at: datetime) -> None:
    release_charge(charge)
    move(charge, "cancel", at=at, actor=PROCESSOR, wish=Wish.NONE)


def _released(charge: Charge, at: datetime) -> None:
    """The hold of a contested charge is gone; the charge waits for the decision."""
    move(charge, "release", at=at, due_at=None, round=charge.round + 1, **_FRESH)


def _refunded(charge: Charge, at: datetime) -> None:
    move(charge, "refund", at=at, actor=PROCESSOR, wish=Wish.NONE, due_at=None)


def _rests(charge: Charge, at: datetime) -> None:
    set_columns(charge, due_at=None, lease_until=None, tries=0, updated_at=at)


_WITH_INTENT: Final = {Move.HELD: _held, Move.DECLINED: _declined}
_WITHOUT_INTENT: Final = {
    Move.TAKEN: _taken,
    Move.LAPSED: _lapsed,
    Move.CANCELLED: _cancelled,
    Move.RELEASED: _released,
    Move.REFUNDED: _refunded,
    Move.REST: _rests,
}
