"""Payment methods: test cards, attached to customers and detached again. Of a card only its name is kept."""

import hashlib
from typing import Any

from charges.fake_stripe.call import Call
from charges.fake_stripe.cards import CARDS, Card, Decline, card_of_method, card_of_number, card_of_token
from charges.fake_stripe.errors import ApiError, Json, invalid_request, no_such
from charges.fake_stripe.forms import (
    EXPAND,
    LIST,
    METADATA,
    Spec,
    hash_of,
    integer,
    merged,
    one_of,
    read,
    text,
    unsettable,
)
from charges.fake_stripe.ids import new_id
from charges.fake_stripe.lists import Filters, page

_KIND = "payment_method"
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
_BILLING: Spec = {
    "address": unsettable(hash_of(dict.fromkeys(_ADDRESS, unsettable(text())))),
    "email": unsettable(text()),
    "name": unsettable(text()),
    "phone": unsettable(text()),
}
_CARD: Spec = {"number": text(), "exp_month": integer, "exp_year": integer, "cvc": text(), "token": text()}
_NEW: Spec = {
    **EXPAND,
    **METADATA,
    "type": one_of("card"),
    "card": hash_of(_CARD),
    "billing_details": hash_of(_BILLING),
}
_CHANGE: Spec = {**EXPAND, **METADATA, "billing_details": hash_of(_BILLING)}


def create(call: Call) -> Json:
    """Make one from card[token] or, for tests only as at Stripe, from a test card's number."""
    asked = read(call.params, _NEW, required=("type", "card"))
    card = _card_of(asked["card"])
    method = _new(call, card, asked)
    call.store.save(method)
    return method


def _card_of(given: Json) -> Card:
    if "token" in given:
        card = card_of_token(given["token"])
        if card is None:
            raise no_such("token", given["token"], param="card[token]", status=400)
        return card
    found = card_of_number(given.get("number", ""))
    if isinstance(found, Decline):
        raise declined(found, param="number")
    return found


def _new(call: Call, card: Card, asked: Json) -> Json:
    given = asked.get("card", {})
    return {
        "id": new_id("pm_1"),
        "object": _KIND,
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": dict.fromkeys(_ADDRESS),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
            **asked.get("billing_details", {}),
        },
        "card": card_shown(card, given.get("exp_month", 12), given.get("exp_year", 2034)),
        "created": call.now,
        "customer": None,
        "livemode": False,
        "metadata": merged({}, asked.get("metadata", {})),
        "type": "card",
        "_card": card.method,
        "_is_set_up": False,
        "_is_used_up": False,
    }


def card_shown(card: Card, month: int, year: int) -> Json:
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": card.funding,
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def usable(call: Call, name: str, *, param: str | None = None) -> Json:
    """Find a payment method by id; a test card's name stands for a new one of that card."""
    card = card_of_method(name)
    if card is None:
        return call.find(_KIND, name, param=param)
    method = _new(call, card, {})
    call.store.save(method)
    return method


def card_behind(method: Json) -> Card:
    return CARDS[method["_card"]]


def declined(decline: Decline, **fields: Any) -> ApiError:
    """A bank's no, as the 402 it becomes."""
    return ApiError(
        402,
        "card_error",
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        keeps_changes=True,
        **fields,
    )


def attach_to(call: Call, name: str, customer_id: str, *, param: str | None = None) -> Json:
    """Give a payment method to a customer. Raises ApiError when its bank, or Stripe's rules, say no."""
    method = usable(call, name, param=param)
    decline = call.decline or card_behind(method).at_attach
    if decline:
        raise declined(decline)
    if method["customer"] == customer_id:
        return method
    if method["customer"]:
        raise invalid_request("The payment method you provided has already been attached to a customer.")
    require_fresh(method)
    method["customer"] = customer_id
    call.store.save(method)
    call.emit("payment_method.attached", method)
    return method


def require_fresh(method: Json) -> None:
    """Refuse one that was used or detached: outside a customer a payment method works once."""
    if method["_is_used_up"]:
        raise invalid_request(
            "This PaymentMethod was previously used without being attached to a Customer or was detached "
            "from a Customer, and may not be used again."
        )


def take_away(call: Call, method: Json) -> Json:
    method.update(customer=None, _is_used_up=True)
    call.store.save(method)
    call.emit("payment_method.detached", method)
    return method


def attached_to(call: Call, customer_id: str) -> list[Json]:
    """Every payment method of a customer."""
    asked = {"limit": 100}
    found: list[Json] = page(call, _KIND, "", asked, {"customer": customer_id})["data"]
    return found


def of_customer(call: Call, id_: str, customer_id: str) -> Json:
    method = call.find(_KIND, id_)
    if method["customer"] != customer_id:
        raise no_such("PaymentMethod", id_)
    return method


def retrieve(call: Call, id_: str) -> Json:
    read(call.params, EXPAND)
    return usable(call, id_)


def update(call: Call, id_: str) -> Json:
    asked = read(call.params, _CHANGE)
    method = call.find(_KIND, id_)
    if method["customer"] is None:
        raise invalid_request("You must save this PaymentMethod to a customer before you can update it.")
    method["billing_details"].update(asked.get("billing_details", {}))
    if "metadata" in asked:
        method["metadata"] = merged(method["metadata"], asked["metadata"])
    call.store.save(method)
    call.emit("payment_method.updated", method)
    return method


def attach(call: Call, id_: str) -> Json:
    asked = read(call.params, {**EXPAND, "customer": text()}, required=("customer",))
    call.find_customer(asked["customer"], param="customer")
    return attach_to(call, id_, asked["customer"])


def detach(call: Call, id_: str) -> Json:
    read(call.params, EXPAND)
    method = call.find(_KIND, id_)
    if method["customer"] is None:
        raise invalid_request(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    return take_away(call, method)


def list_all(call: Call) -> Json:
    asked = read(call.params, {**LIST, "customer": text(), "type": text()})
    filters: Filters = {name: asked[name] for name in ("customer", "type") if name in asked}
    if "customer" in asked:
        call.find_customer(asked["customer"], param="customer")
    return page(call, _KIND, "/v1/payment_methods", asked, filters)


ROUTES = (
    ("POST", "/v1/payment_methods", create),
    ("GET", "/v1/payment_methods", list_all),
    ("GET", "/v1/payment_methods/{id}", retrieve),
    ("POST", "/v1/payment_methods/{id}", update),
    ("POST", "/v1/payment_methods/{id}/attach", attach),
    ("POST", "/v1/payment_methods/{id}/detach", detach),
)
