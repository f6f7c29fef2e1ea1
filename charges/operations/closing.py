"""Closing an account: keys first, then open charges, then everything personal; the ledger stays (P32).

Each step can be taken up again by whoever comes next, so it does not matter where a worker was killed.
"""

import logging
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import CharField
from django.db.models.functions import Cast

from accounts.models import User
from accounts.operations.closing import erase_account, revoke_account, shared_organization_heirs
from accounts.operations.exports import erase_exports
from accounts.rules.principal import Principal, require_own_account
from charges.gateways.cards import delete_customer
from charges.models import CardCustomer, Charge, Closing, RecurringStake
from charges.operations.records import OWNER, note
from charges.rules.answers import Unknown
from charges.rules.states import OPEN, ChargeKind, Wish
from tasks.operations.closing import erase_tasks
from tasktracker.core.errors import NotFound
from tasktracker.core.failpoints import failpoint
from tasktracker.core.jobs import enqueue_on_commit
from tasktracker.core.states import StateConflict
from tasktracker.outbox.operations.forget import forget_deliveries

log = logging.getLogger(__name__)

_BATCH: Final = 20


def close_account(*, principal: Principal, at: datetime) -> None:
    """Close the caller's account: no credential of it works from now on, and no chain of charges goes on.

    Holds are cancelled and personal texts erased by workers, soon after. Raises NotForKeys, NotFound.
    Source: stakes document, "DELETE /api2/me"; reliability.md P32.
    """
    require_own_account(principal)
    with transaction.atomic():
        if User.objects.select_for_update().filter(pk=principal.user_id).first() is None:
            raise NotFound
        Closing.objects.bulk_create([Closing(user_id=principal.user_id, asked_at=at)], ignore_conflicts=True)
        revoke_account(user_id=principal.user_id, at=at)
        RecurringStake.objects.filter(user_id=principal.user_id, stopped_at=None).update(stopped_at=at)
        _end_charges(principal.user_id, at)
        failpoint("closing.before_commit")
        enqueue_on_commit("charges.drive")


def finish_closings(at: datetime) -> int:
    """Erase what is personal of accounts whose charges have all come to an end. Returns how many.

    Safe to run twice and side by side, and to be killed anywhere.
    """
    waiting = Closing.objects.filter(erased_at=None).order_by("asked_at", "pk")
    return sum(_finish(user_id, at) for user_id in list(waiting.values_list("pk", flat=True)[:_BATCH]))


def _end_charges(user_id: int, at: datetime) -> None:
    """Wish every open charge cancelled; a worker asks the processor."""
    rows = Charge.objects.select_for_update().filter(user_id=user_id, status__in=sorted(OPEN), wish="")
    for charge in rows.order_by("pk"):
        note(charge, "close", at=at, actor=OWNER, wish=Wish.CANCEL, due_at=at)


def _finish(user_id: int, at: datetime) -> bool:
    if _is_money_open(user_id, at):
        return False
    failpoint("closing.before_customer")
    if not _delete_customer(user_id):
        return False
    failpoint("closing.after_customer")
    erase_exports(user_id=user_id, at=at)
    with transaction.atomic():
        closing = Closing.objects.select_for_update().filter(pk=user_id, erased_at=None).first()
        if closing is None:
            return False
        _erase(user_id, at)
        closing.erased_at = at
        closing.save(update_fields=["erased_at"])
        failpoint("closing.before_erased_commit")
    return True


def _is_money_open(user_id: int, at: datetime) -> bool:
    """Say whether a charge is still under way; one that was begun while we closed is ended, too."""
    try:
        with transaction.atomic():
            _end_charges(user_id, at)
    except StateConflict:
        return True
    open_ones = Charge.objects.filter(user_id=user_id, status__in=sorted(OPEN))
    return open_ones.exists() or Charge.objects.filter(user_id=user_id).exclude(wish="").exists()


def _delete_customer(user_id: int) -> bool:
    """Let the processor forget the card; False when it gave no clear answer."""
    customer_id = CardCustomer.objects.filter(pk=user_id).values_list("customer_id", flat=True).first()
    return not customer_id or not isinstance(delete_customer(customer_id), Unknown)


def _erase(user_id: int, at: datetime) -> None:
    """Remove every personal text; amounts, moments, states and the processor's names of them stay."""
    erase_tasks(user_id=user_id, heirs=shared_organization_heirs(user_id), at=at)
    charges = Charge.objects.filter(user_id=user_id)
    charges.update(note="", contest_text="")
    charges.filter(kind=ChargeKind.DIRECT).update(
        request_id=Cast("id", CharField())
    )  # theirs may say anything
    RecurringStake.objects.filter(user_id=user_id).update(title="")
    CardCustomer.objects.filter(pk=user_id).delete()
    forget_deliveries(account_id=user_id)
    erase_account(user_id=user_id)
