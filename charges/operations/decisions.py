"""What staff decides about a charge: commands with an audit row, each safe to submit twice.

The admin offers them; nothing else of a charge can be changed there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.rules.principal import Principal
from charges.models import Charge, ChargeEvent
from charges.operations import mails
from charges.operations.records import note
from charges.operations.settle import capture_moment
from charges.queries.charges import locked_charge
from charges.rules.states import OPEN, ChargeStatus, PersonReason, Wish
from charges.rules.steps import contested_hold_ends
from tasktracker.core.errors import Conflict, Forbidden
from tasktracker.core.jobs import enqueue_on_commit


class Decision(StrEnum):
    """What can be decided."""

    UPHOLD = "uphold"
    FORGIVE = "forgive"
    REFUND = "refund"
    TRY_AGAIN = "try_again"


class CannotBeDecided(Conflict):
    """The charge is not in a state for this decision."""

    code = "cannot_be_decided"


def decide(
    *,
    principal: Principal,
    charge_id: UUID,
    decision: Decision,
    command_id: UUID,
    reason: str = "",
    at: datetime,
) -> Charge:
    """Decide about a charge. command_id: of this very command; the second time it does nothing.

    UPHOLD: a contested charge goes on where it stood. FORGIVE: it ends, and what was taken goes back.
    REFUND: what was taken goes back. TRY_AGAIN: a charge that needed a person is tried again.
    Raises Forbidden (not staff), NotFound, CannotBeDecided.
    """
    if not principal.is_staff:
        raise Forbidden
    with transaction.atomic():
        charge = locked_charge(charge_id)
        if ChargeEvent.objects.filter(command_id=command_id).exists():
            return charge
        changes = _DECISIONS[decision](charge, at)
        note(
            charge,
            decision,
            at=at,
            actor=f"staff:{principal.user_id}",
            detail=reason,
            command_id=command_id,
            **changes,
        )
        if decision in _TOLD:
            mails.mail_decided(charge, decision=_TOLD[decision])
        enqueue_on_commit("charges.drive")
    return charge


Changes = dict[str, object]


def _uphold(charge: Charge, at: datetime) -> Changes:
    if not charge.is_contested:
        raise CannotBeDecided("This charge is not contested.")
    if charge.wish:
        raise CannotBeDecided("This charge is to end already.")
    charge.decided_at = at
    return {"is_contested": False, "decided_at": at, "due_at": _due_again(charge, at)}


def _forgive(charge: Charge, at: datetime) -> Changes:
    if charge.wish or charge.status not in {*OPEN, ChargeStatus.CAPTURED}:
        raise CannotBeDecided("This charge has come to an end.")
    return {"wish": Wish.FORGIVE, "decided_at": at, "due_at": at}


def _refund(charge: Charge, at: datetime) -> Changes:
    if charge.wish or charge.status != ChargeStatus.CAPTURED:
        raise CannotBeDecided("Only a charge that was captured can be refunded.")
    return {"wish": Wish.REFUND, "decided_at": at, "due_at": at}


def _try_again(charge: Charge, at: datetime) -> Changes:
    if not charge.needs_person:
        raise CannotBeDecided("This charge does not need a person.")
    due_at = at if charge.wish else _due_again(charge, at)
    changes: Changes = {"needs_person": PersonReason.NONE, "tries": 0, "due_at": due_at}
    if charge.needs_person == PersonReason.MAIL_FAILED:
        # A person has told the owner: the delays count from now.
        wait = timedelta(seconds=settings.TASKTRACKER_AUTHORISE_AFTER_SECONDS)
        changes |= {"mailed_at": at, "due_at": at + wait}
    return changes


def _due_again(charge: Charge, at: datetime) -> datetime | None:
    """Say when a charge goes on: where it stood, but never in the past."""
    if charge.is_contested and not charge.decided_at:
        return contested_hold_ends(charge.capture_before)
    if charge.status == ChargeStatus.AUTHORISED:
        return max(at, capture_moment(charge, at))
    if charge.status == ChargeStatus.NOTIFIED:
        if charge.mailed_at is None:
            return None  # the mail first
        wait = timedelta(seconds=settings.TASKTRACKER_AUTHORISE_AFTER_SECONDS)
        return max(at, charge.mailed_at + wait)
    return at if charge.status in OPEN else None


_DECISIONS: Final[dict[Decision, Callable[[Charge, datetime], Changes]]] = {
    Decision.UPHOLD: _uphold,
    Decision.FORGIVE: _forgive,
    Decision.REFUND: _refund,
    Decision.TRY_AGAIN: _try_again,
}
_TOLD: Final = {
    Decision.UPHOLD: "upheld",
    Decision.FORGIVE: "forgiven",
    Decision.REFUND: "refunded",
}
