"""Contesting a charge: its owner says that it is not fair, and it stands still until staff has decided (P8).

What staff decides is decisions.py.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.rules.principal import Principal, require_own_account
from charges.models import Charge
from charges.operations import mails
from charges.operations.records import OWNER, note
from charges.queries.charges import charge_by_link, locked_charge
from charges.rules.contests import can_contest
from charges.rules.limits import MAX_NOTE
from charges.rules.states import ChargeStatus
from charges.rules.steps import contested_hold_ends
from tasks.rules.limits import text_problems
from tasktracker.core.errors import Conflict, Invalid
from tasktracker.core.failpoints import failpoint

# A worker may be asking the processor about these: it finds out by itself what the flag means for them.
_IN_FLIGHT = frozenset({ChargeStatus.AUTHORISING, ChargeStatus.CAPTURING})


class CannotBeContested(Conflict):
    """The charge has ended without money, was decided about before, or was captured more than 60 days ago."""

    code = "cannot_be_contested"
    default_message = "This charge can no longer be contested."


def contest_by_link(*, charge_id: UUID, key: str, reason: str = "", at: datetime) -> Charge:
    """Contest a charge with the link of its mails, without signing in.

    reason: the owner's own words, 500 characters at most. Doing it again changes nothing.
    Raises NotFound (also for a wrong key), Invalid, CannotBeContested.
    """
    return _contest(charge_by_link(charge_id=charge_id, key=key).pk, reason, at)


def contest_charge(*, principal: Principal, charge_id: UUID, reason: str = "", at: datetime) -> Charge:
    """Contest a charge of the caller's own. Raises NotFound, NotForKeys, Invalid, CannotBeContested."""
    require_own_account(principal)
    with transaction.atomic():
        charge = locked_charge(charge_id, user_id=principal.user_id)
    return _contest(charge.pk, reason, at)


def _contest(charge_id: UUID, reason: str, at: datetime) -> Charge:
    problems = list(text_problems("reason", reason, MAX_NOTE))
    if problems:
        raise Invalid(*problems)
    with transaction.atomic():
        charge = locked_charge(charge_id)
        if charge.is_contested:
            return charge
        if not _is_open(charge, at):
            raise CannotBeContested
        note(
            charge,
            "contest",
            at=at,
            actor=OWNER,
            is_contested=True,
            contest_text=reason.strip(),
            contested_at=at,
            due_at=_due_while_contested(charge),
        )
        mails.mail_contested(charge)
        failpoint("contest.before_commit")
    return charge


def _is_open(charge: Charge, at: datetime) -> bool:
    return can_contest(
        kind=charge.kind, status=charge.status, decided_at=charge.decided_at, ended_at=charge.ended_at, at=at
    )


def _due_while_contested(charge: Charge) -> datetime | None:
    """Say when to look at a contested charge: when its hold nears its end, unless somebody is at work.

    One that is to end anyway, as its account was closed, does not wait.
    """
    if charge.status in _IN_FLIGHT or charge.wish:
        return charge.due_at
    return contested_hold_ends(charge.capture_before)
