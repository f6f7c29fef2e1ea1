"""Writing down what happens to a charge: each change of a row with an event beside it (P33).

When a charge changes is decided by the other operations; nothing else may write its status or flags.
"""

import logging
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from charges.models import Charge, ChargeEvent
from charges.rules.states import CHARGE, ENDED, PersonReason
from tasktracker.core.errors import Forbidden
from tasktracker.core.states import StateConflict, advance

log = logging.getLogger(__name__)

SYSTEM: Final = "system"
OWNER: Final = "owner"
PROCESSOR: Final = "processor"
# Money moves back after a charge has ended: that does not end it a second time.
_ENDS_AGAIN: Final = "refund"


class AccountClosed(Forbidden):
    """The account is being closed: nothing of it is charged any more."""

    code = "account_closed"
    default_message = "This account is closed."


def open_charge(charge: Charge, *, at: datetime, actor: str) -> Charge:
    """Insert a new charge and its first event, inside a transaction. Raises AccountClosed."""
    # Waits for a closing under way, and makes one that comes now see this charge.
    owner = User.objects.select_for_update(no_key=True).filter(pk=charge.user_id).only("is_active").get()
    if not owner.is_active:
        raise AccountClosed
    charge.created_at = charge.updated_at = at
    charge.save(force_insert=True)
    _log(charge, "open", "", at=at, actor=actor)
    return charge


def move(
    charge: Charge,
    event: str,
    *,
    at: datetime,
    actor: str = SYSTEM,
    detail: str = "",
    command_id: UUID | None = None,
    **changes: Any,
) -> None:
    """Move a charge along its table and log it, if its fence and flags still are what was read.

    Whatever brings it on also ends the count of tries, and the lease.
    Raises StateConflict, nothing is changed then.
    """
    before = charge.status
    target = CHARGE[event][1]
    if target in ENDED and event != _ENDS_AGAIN:
        changes = {"ended_at": at, "due_at": None, "capture_before": None, **changes}
    if charge.needs_person == PersonReason.NO_ANSWER:
        changes = {"needs_person": PersonReason.NONE, **changes}
    changes = {"tries": 0, "last_error": "", "lease_until": None, **changes}
    with transaction.atomic():
        advance(charge, CHARGE, event, at, guard=unchanged(charge), **changes)
        _log(charge, event, before, at=at, actor=actor, detail=detail, command_id=command_id)


def note(
    charge: Charge,
    event: str,
    *,
    at: datetime,
    actor: str = SYSTEM,
    detail: str = "",
    command_id: UUID | None = None,
    **changes: Any,
) -> None:
    """Change columns other than the status and log it, under the same guard. Raises StateConflict."""
    with transaction.atomic():
        set_columns(charge, updated_at=at, **changes)
        _log(charge, event, charge.status, at=at, actor=actor, detail=detail, command_id=command_id)


def set_columns(charge: Charge, **changes: Any) -> None:
    """Change columns that no event tells of (lease, tries, due_at), guarded alike. Raises StateConflict."""
    if not Charge.objects.filter(unchanged(charge), pk=charge.pk, status=charge.status).update(**changes):
        raise StateConflict("The charge has changed meanwhile.")
    for name, value in changes.items():
        setattr(charge, name, value)


def unchanged(charge: Charge) -> Q:
    """Say, for a WHERE, that nobody has claimed, contested or decided about a charge since it was read."""
    return Q(fence=charge.fence, wish=charge.wish, is_contested=charge.is_contested)


def alarm(charge: Charge, reason: PersonReason, *, at: datetime, detail: str, **changes: Any) -> None:
    """Mark a charge as needing a person, once, and say so where people look. Raises StateConflict."""
    note(charge, "needs_person", at=at, detail=detail, needs_person=reason, **changes)
    log.error("charge.needs_person", extra={"charge": str(charge.pk), "reason": str(reason), "why": detail})


def _log(
    charge: Charge,
    event: str,
    before: str,
    *,
    at: datetime,
    actor: str,
    detail: str = "",
    command_id: UUID | None = None,
) -> None:
    ChargeEvent.objects.create(
        charge=charge,
        at=at,
        actor=actor,
        event=event,
        before=before,
        after=charge.status,
        after_wish=charge.wish,
        after_is_contested=charge.is_contested,
        after_needs_person=charge.needs_person,
        intent_id=charge.intent_id or "",
        detail=detail[:300],
        command_id=command_id,
    )
