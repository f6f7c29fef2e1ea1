"""Checkout sessions in setup mode: how a person gives us a card. The page stands in pages.py."""

from urllib.parse import urlsplit

from charges.fake_stripe import payment_methods, setup_intents
from charges.fake_stripe.call import Call
from charges.fake_stripe.errors import Json, invalid_request, wrong_parameter
from charges.fake_stripe.forms import (
    EXPAND,
    LIST,
    METADATA,
    Spec,
    hash_of,
    integer,
    list_of,
    merged,
    one_of,
    read,
    text,
)
from charges.fake_stripe.ids import new_id
from charges.fake_stripe.lists import Filters, page

_KIND = "checkout.session"
PAGE_PATH = "/c/pay/"
_NEW: Spec = {
    **EXPAND,
    **METADATA,
    "cancel_url": text(),
    "client_reference_id": text(200),
    "currency": text(3),
    "customer": text(),
    "customer_creation": one_of("always", "if_required"),
    "customer_email": text(800),
    "expires_at": integer,
    "locale": text(),
    "mode": one_of("setup"),
    "payment_method_types": list_of(one_of("card")),
    "setup_intent_data": hash_of({**METADATA, "description": text(1000)}),
    "success_url": text(),
}
_HOUR = 3600
_LIFE_SECONDS = 24 * _HOUR
_SHORTEST_LIFE_SECONDS = _HOUR // 2


def create(call: Call) -> Json:
    asked = read(call.params, _NEW, required=("mode", "success_url"))
    _require_sense(asked)
    expires_at = _end_of_life(call, asked)
    if "customer" in asked:
        call.find_customer(asked["customer"], param="customer")
    inner = {name: asked[name] for name in ("customer",) if name in asked}
    intent = setup_intents.new(
        call, {**inner, **asked.get("setup_intent_data", {}), "payment_method_types": ["card"]}
    )
    session = _new(call, asked, intent, expires_at)
    call.store.save(session)
    return session


def _require_sense(asked: Json) -> None:
    if "currency" not in asked and "payment_method_types" not in asked:
        message = (
            "Missing required param: currency. It is required in `setup` mode without payment_method_types."
        )
        raise wrong_parameter(message, code="parameter_missing", param="currency")
    if "customer" in asked and "customer_email" in asked:
        message = "You may only specify one of these parameters: customer, customer_email."
        raise wrong_parameter(message, param="customer_email")
    for name in ("success_url", "cancel_url"):
        parts = urlsplit(asked.get(name, "https://example.com"))
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise wrong_parameter("Not a valid URL", code="url_invalid", param=name)


def _end_of_life(call: Call, asked: Json) -> int:
    expires_at: int = asked.get("expires_at", call.now + _LIFE_SECONDS)
    if not _SHORTEST_LIFE_SECONDS <= expires_at - call.now <= _LIFE_SECONDS:
        message = "The `expires_at` timestamp must be 30 minutes to 24 hours after Checkout Session creation."
        raise wrong_parameter(message, param="expires_at")
    return expires_at


def _new(call: Call, asked: Json, intent: Json, expires_at: int) -> Json:
    id_ = new_id("cs_test_", 58)
    nothing_asked: tuple[str, ...] = (
        "consent",
        "consent_collection",
        "invoice",
        "line_items",
        "payment_intent",
    )
    nothing_asked += (
        "payment_link",
        "recovered_from",
        "shipping_cost",
        "submit_type",
        "subscription",
        "total_details",
    )
    return {
        "id": id_,
        "object": _KIND,
        **dict.fromkeys(nothing_asked),
        "amount_subtotal": None,
        "amount_total": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "created": call.now,
        "currency": asked.get("currency"),
        "custom_fields": [],
        "customer": asked.get("customer"),
        "customer_creation": asked.get("customer_creation"),
        "customer_details": None,
        "customer_email": asked.get("customer_email"),
        "expires_at": expires_at,
        "livemode": False,
        "locale": asked.get("locale"),
        "metadata": merged({}, asked.get("metadata", {})),
        "mode": "setup",
        "payment_method_collection": "always",
        "payment_method_types": ["card"],
        "payment_status": "no_payment_required",
        "setup_intent": intent["id"],
        "status": "open",
        "success_url": asked["success_url"],
        "ui_mode": "hosted_page",
        "url": f"{call.address}{PAGE_PATH}{id_}",
    }


def expire_if_due(call: Call, session: Json) -> Json:
    """A session that nobody used in time is over."""
    if session["status"] == "open" and session["expires_at"] <= call.now:
        _end(call, session)
    return session


def _end(call: Call, session: Json) -> None:
    session.update(status="expired", url=None)
    call.store.save(session)
    call.emit("checkout.session.expired", session)


def add_card(call: Call, session: Json, method_name: str) -> bool:
    """Try the card that a person chose. Returns False when they have to authenticate first.

    Raises ApiError when the bank says no; the session stays open for another card.
    """
    intent = call.find("setup_intent", session["setup_intent"])
    if intent["status"] != "succeeded":
        method = payment_methods.usable(call, method_name)
        setup_intents.set_up(call, intent, method, {})
    return complete_if_ready(call, session)


def complete_if_ready(call: Call, session: Json) -> bool:
    """End the session once its card is ready. Returns whether it is."""
    intent = call.find("setup_intent", session["setup_intent"])
    if intent["status"] != "succeeded":
        return False
    method = call.find("payment_method", intent["payment_method"])
    session.update(
        status="complete",
        url=None,
        customer_details={"email": session["customer_email"], "name": method["billing_details"]["name"]},
    )
    call.store.save(session)
    call.emit("checkout.session.completed", session)
    return True


def retrieve(call: Call, id_: str) -> Json:
    read(call.params, EXPAND)
    return expire_if_due(call, call.find(_KIND, id_))


def expire(call: Call, id_: str) -> Json:
    read(call.params, EXPAND)
    session = expire_if_due(call, call.find(_KIND, id_))
    if session["status"] != "open":
        raise invalid_request(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            f"status of {session['status']}."
        )
    _end(call, session)
    return session


def list_all(call: Call) -> Json:
    asked = read(call.params, {**LIST, "customer": text()})
    filters: Filters = {"customer": asked["customer"]} if "customer" in asked else {}
    return page(call, _KIND, "/v1/checkout/sessions", asked, filters)


ROUTES = (
    ("POST", "/v1/checkout/sessions", create),
    ("GET", "/v1/checkout/sessions", list_all),
    ("GET", "/v1/checkout/sessions/{id}", retrieve),
    ("POST", "/v1/checkout/sessions/{id}/expire", expire),
)
