"""Customers, their cards and Checkout at the processor. No number of a card passes through here.

Charging them is intents.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import stripe

from charges.gateways.stripe_client import NotConfigured, ask, v1
from charges.rules.answers import MISSING, Declined, Unknown

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StoredCard:
    """A card that the processor keeps: enough to charge it and to show which one it is."""

    payment_method_id: str
    brand: str
    last4: str
    exp_month: int | None
    exp_year: int | None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A page of the processor on which a person gives a card. card: None until that was done."""

    session_id: str
    url: str
    customer_id: str
    is_complete: bool
    card: StoredCard | None


@dataclass(frozen=True, slots=True)
class Customer:
    """An account at the processor."""

    customer_id: str


def create_customer(*, user_id: int, email: str, key: str) -> Customer | Unknown:
    """Make an account at the processor. One that nobody saved does no harm: it has no card."""
    params = {"email": email, "metadata": {"user_id": str(user_id)}}
    return _clear(ask(lambda api: api.customers.create(params, {"idempotency_key": key}), _customer))


def delete_customer(customer_id: str) -> Customer | Unknown:
    """Delete an account at the processor with its cards; one that is gone already is deleted, too."""
    answer = _clear(ask(lambda api: api.customers.delete(customer_id), _customer))
    return Customer(customer_id) if answer == MISSING else answer


def create_checkout(
    *, customer_id: str, success_url: str, cancel_url: str, user_id: int
) -> Checkout | Unknown:
    """Open a page on which a person gives a card for later. The addresses are never fetched by us."""
    params = {
        "mode": "setup",
        "customer": customer_id,
        "client_reference_id": str(user_id),
        "payment_method_types": ["card"],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expand": ["setup_intent.payment_method"],
    }
    return _clear(ask(lambda api: api.checkout.sessions.create(params), _checkout))


def read_checkout(session_id: str) -> Checkout | Unknown:
    """Read a Checkout and the card that it brought."""
    params = {"expand": ["setup_intent.payment_method"]}
    return _clear(ask(lambda api: api.checkout.sessions.retrieve(session_id, params), _checkout))


def attach_card(payment_method_id: str, *, customer_id: str) -> StoredCard | Declined | Unknown:
    """Give a card, known by the processor's name for it, to a customer: for operators and the demo."""
    params = {"customer": customer_id}
    return ask(lambda api: api.payment_methods.attach(payment_method_id, params), _card)


def is_reachable(*, seconds: float | None = None) -> bool:
    """Ask the processor the lightest thing there is. seconds: how long it may take; None as usual."""
    try:
        v1(seconds=seconds).balance.retrieve()
    except (stripe.StripeError, NotConfigured):
        return False
    return True


def _clear(answer: _T | Declined | Unknown) -> _T | Unknown:
    return Unknown(answer.decline.code) if isinstance(answer, Declined) else answer


def _customer(body: Mapping[str, Any]) -> Customer:
    return Customer(str(body["id"]))


def _checkout(body: Mapping[str, Any]) -> Checkout:
    setup = body.get("setup_intent")
    method = setup.get("payment_method") if isinstance(setup, Mapping) else None
    is_complete = body["status"] == "complete"
    return Checkout(
        session_id=str(body["id"]),
        url=str(body.get("url") or ""),
        customer_id=str(body.get("customer") or ""),
        is_complete=is_complete,
        card=_card(method) if is_complete and isinstance(method, Mapping) else None,
    )


def _card(body: Mapping[str, Any]) -> StoredCard:
    card = body.get("card") or {}
    return StoredCard(
        payment_method_id=str(body["id"]),
        brand=str(card.get("brand") or "")[:32],
        last4=str(card.get("last4") or "")[:4],
        exp_month=card.get("exp_month"),
        exp_year=card.get("exp_year"),
    )
