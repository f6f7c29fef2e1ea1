"""Getting a card on file: through the processor's own Checkout, so that no number of it ever comes here.

What a card is charged is charge.py and steps.py.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from accounts.rules.principal import Principal, require_own_account
from charges.gateways import cards as gateway
from charges.models import CardCustomer
from charges.rules.answers import MISSING, Declined, Unknown
from charges.rules.checkout import checkout_url_problems
from tasktracker.core.errors import Invalid, NotFound, Problem, Unavailable
from tasktracker.core.unset import Unset


class ProcessorAway(Unavailable):
    """The card processor gave no clear answer."""

    code = "processor_away"
    default_message = "The card processor does not answer. Try again."


class NoSuchCheckout(Invalid):
    """The processor has no such Checkout, or it is another account's."""

    def __init__(self) -> None:
        super().__init__(Problem("checkout_session_id", "does_not_exist", "There is no such checkout."))


@dataclass(frozen=True, slots=True)
class CheckoutStarted:
    """Where a person gives a card. url: the processor's own page."""

    session_id: str
    url: str


def start_checkout(
    *, principal: Principal, success_url: str, cancel_url: str, allow_http: bool = False, at: datetime
) -> CheckoutStarted:
    """Open a page of the processor on which the caller can give a card.

    success_url, cancel_url: where the page leads; never fetched by us. allow_http: also http, on loopback.
    Raises Invalid (problems on these names), ProcessorAway, NotForKeys, NotFound.
    """
    require_own_account(principal)
    problems = [
        *checkout_url_problems("success_url", success_url, allow_http=allow_http),
        *checkout_url_problems("cancel_url", cancel_url, allow_http=allow_http),
    ]
    if problems:
        raise Invalid(*problems)
    checkout = gateway.create_checkout(
        customer_id=_customer_id(principal.user_id, at),
        success_url=success_url,
        cancel_url=cancel_url,
        user_id=principal.user_id,
    )
    if isinstance(checkout, Unknown):
        raise ProcessorAway
    return CheckoutStarted(checkout.session_id, checkout.url)


def attach_checkout(*, principal: Principal, session_id: str | None, at: datetime) -> None:
    """Take over the card of a Checkout of the caller's: now, or as soon as it is there.

    None forgets a Checkout that was told before and not finished; a card on file stays.
    Raises NoSuchCheckout, ProcessorAway, NotForKeys.
    """
    require_own_account(principal)
    take_over_checkout(principal, find_checkout(principal, session_id), at=at)


def find_checkout(principal: Principal, session_id: str | Unset | None) -> gateway.Checkout | Unset | None:
    """Ask the processor about a Checkout of the caller's; UNSET and None as they are. Outside a transaction.

    Raises NoSuchCheckout, ProcessorAway.
    """
    if session_id is None or isinstance(session_id, Unset):
        return session_id
    checkout = gateway.read_checkout(session_id) if _is_plain(session_id) else MISSING
    if isinstance(checkout, Unknown):
        raise NoSuchCheckout if checkout == MISSING else ProcessorAway
    own = CardCustomer.objects.filter(pk=principal.user_id).first()
    if own is None or checkout.customer_id != own.customer_id:
        raise NoSuchCheckout
    return checkout


def take_over_checkout(
    principal: Principal, checkout: gateway.Checkout | Unset | None, *, at: datetime
) -> None:
    """Write down what find_checkout brought."""
    rows = CardCustomer.objects.filter(pk=principal.user_id)
    if checkout is None:
        rows.update(checkout_session_id="", updated_at=at)
    elif not isinstance(checkout, Unset):
        _take_over(rows.get(), checkout, at)


def adopt_checkout(session_id: str, *, at: datetime) -> bool:
    """Take over the card of a finished Checkout of ours, whoever it belongs to. Returns False to try again.

    For the processor's events and the sweep.
    """
    checkout = gateway.read_checkout(session_id)
    if isinstance(checkout, Unknown):
        return checkout == MISSING
    own = CardCustomer.objects.filter(customer_id=checkout.customer_id).first()
    if own is not None and checkout.is_complete:
        _take_over(own, checkout, at)
    return True


def adopt_finished_checkouts(at: datetime) -> int:
    """Look for the cards of Checkouts that were told of before they were finished. Returns how many came."""
    rows = CardCustomer.objects.exclude(checkout_session_id="").filter(user__is_active=True)
    waiting = list(rows.order_by("updated_at").values_list("pk", "checkout_session_id")[:_LOOKS_MOST])
    for _, session_id in waiting:
        adopt_checkout(session_id, at=at)
    left = CardCustomer.objects.filter(pk__in=[pk for pk, _ in waiting]).exclude(checkout_session_id="")
    return len(waiting) - left.count()


_LOOKS_MOST = 20


def give_card(*, user_id: int, payment_method_id: str, at: datetime) -> bool:
    """Give an account a card that the processor knows by name ("pm_card_visa"): for operators and the demo.

    Returns False when the bank refused it. Raises ProcessorAway, NotFound.
    """
    customer_id = _customer_id(user_id, at)
    card = gateway.attach_card(payment_method_id, customer_id=customer_id)
    if isinstance(card, Unknown):
        raise ProcessorAway
    if isinstance(card, Declined):
        return False
    CardCustomer.objects.filter(pk=user_id).update(is_attached=True, **_columns(card, at))
    return True


def remove_card(*, principal: Principal, at: datetime) -> None:
    """Forget the card on file; what is being charged goes on to its end without one. Raises NotForKeys."""
    require_own_account(principal)
    nothing = gateway.StoredCard("", "", "", None, None)
    CardCustomer.objects.filter(pk=principal.user_id).update(checkout_session_id="", **_columns(nothing, at))


def is_processor_reachable(*, seconds: float | None = None) -> bool:
    """Ask the processor whether it is there: one light call. seconds: how long it may take; None as usual."""
    return gateway.is_reachable(seconds=seconds)


def _customer_id(user_id: int, at: datetime) -> str:
    """Give the account's name at the processor, making it there first. Raises ProcessorAway, NotFound."""
    own = CardCustomer.objects.filter(pk=user_id).first()
    if own is not None and own.customer_id:
        return own.customer_id
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound
    made = gateway.create_customer(user_id=user_id, email=user.email, key=f"cus:{user_id}:{uuid4()}")
    if isinstance(made, Unknown):
        raise ProcessorAway
    return _save_customer(user_id, made.customer_id, at)


def _save_customer(user_id: int, customer_id: str, at: datetime) -> str:
    """Keep the first name that anybody saved: one account has one at the processor, for good."""
    row = CardCustomer(user_id=user_id, customer_id=None, updated_at=at)
    with transaction.atomic():
        CardCustomer.objects.bulk_create([row], ignore_conflicts=True)
        CardCustomer.objects.filter(pk=user_id, customer_id=None).update(
            customer_id=customer_id, updated_at=at
        )
        kept = CardCustomer.objects.get(pk=user_id)
    return str(kept.customer_id)


def _take_over(own: CardCustomer, checkout: gateway.Checkout, at: datetime) -> None:
    columns: dict[str, object] = {"is_attached": True, "checkout_session_id": checkout.session_id}
    if checkout.card is not None:
        columns |= {"checkout_session_id": "", **_columns(checkout.card, at)}
    CardCustomer.objects.filter(pk=own.pk).update(**columns)


def _columns(card: gateway.StoredCard, at: datetime) -> dict[str, object]:
    return {
        "payment_method_id": card.payment_method_id,
        "brand": card.brand,
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "updated_at": at,
    }


def _is_plain(session_id: str) -> bool:
    """Only what can be part of a path is asked for."""
    return len(session_id) <= 255 and session_id.isascii() and session_id.replace("_", "").isalnum()
