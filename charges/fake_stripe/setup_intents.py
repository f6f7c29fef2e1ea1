"""Setup intents: a card made ready for charges while its owner is away."""

from typing import NoReturn

from charges.fake_stripe import payment_methods
from charges.fake_stripe.call import Call
from charges.fake_stripe.cards import Decline
from charges.fake_stripe.errors import Json, invalid_request, unexpected_state, wrong_status
from charges.fake_stripe.forms import EXPAND, LIST, METADATA, Spec, boolean, merged, one_of, read, text
from charges.fake_stripe.ids import new_id
from charges.fake_stripe.intents import (
    CONFIRM,
    METHOD_TYPES,
    asks_owner,
    method_types,
    next_action,
    require_confirm,
    require_return_url,
)
from charges.fake_stripe.lists import Filters, page

_KIND = "setup_intent"
_NEW: Spec = {
    **EXPAND,
    **METADATA,
    **METHOD_TYPES,
    **CONFIRM,
    "confirm": boolean,
    "customer": text(),
    "description": text(1000),
    "usage": one_of("off_session", "on_session"),
}
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_FAILED_AUTHENTICATION = Decline(
    "setup_intent_authentication_failure",
    "authentication_not_handled",
    "The latest attempt to set up the payment method has failed because authentication failed.",
)


def create(call: Call) -> Json:
    asked = read(call.params, _NEW)
    require_confirm(asked, "return_url", "use_stripe_sdk")
    intent = new(call, asked)
    if asked.get("confirm"):
        _confirm(call, intent, {**asked, "payment_method": intent["payment_method"]})
    return intent


def new(call: Call, asked: Json) -> Json:
    """Make a setup intent, without confirming it."""
    if "customer" in asked:
        call.find_customer(asked["customer"], param="customer")
    id_ = new_id("seti_1")
    intent = {
        "id": id_,
        "object": _KIND,
        "application": None,
        **method_types(asked),
        "cancellation_reason": None,
        "client_secret": f"{id_}_secret_{new_id('', 25)}",
        "created": call.now,
        "customer": asked.get("customer"),
        "description": asked.get("description"),
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": merged({}, asked.get("metadata", {})),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": asked.get("usage", "off_session"),
    }
    if "payment_method" in asked:
        method = payment_methods.usable(call, asked["payment_method"], param="payment_method")
        intent.update(payment_method=method["id"], status="requires_confirmation")
    call.store.save(intent)
    call.emit("setup_intent.created", intent)
    return intent


def _confirm(call: Call, intent: Json, asked: Json) -> None:
    require_return_url(intent, asked)
    name = asked.get("payment_method") or intent["payment_method"]
    if name is None:
        raise unexpected_state(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update the "
            "SetupIntent with a payment method and then confirm it again.",
            intent,
        )
    set_up(call, intent, payment_methods.usable(call, name, param="payment_method"), asked)


def set_up(call: Call, intent: Json, method: Json, asked: Json) -> None:
    """Try a card: it is ready, its owner has to authenticate, or its bank says no (raised)."""
    intent.update(payment_method=method["id"], last_setup_error=None)
    card = payment_methods.card_behind(method)
    decline = call.decline or card.at_attach
    if decline:
        fail(call, intent, method, decline)
    if method["customer"] not in (None, intent["customer"]):
        raise invalid_request("The payment method you provided has already been attached to a customer.")
    if method["customer"] is None:
        payment_methods.require_fresh(method)
    if asks_owner(card, method, is_off_session=False):
        intent.update(status="requires_action", next_action=next_action(call, intent, asked))
        call.store.save(intent)
        call.emit("setup_intent.requires_action", intent)
        return
    finish(call, intent, method)


def fail(call: Call, intent: Json, method: Json, decline: Decline) -> NoReturn:
    """Note that the bank, or the card's owner, said no, and raise that."""
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    refusal = payment_methods.declined(decline, payment_method=method)
    intent["last_setup_error"] = dict(refusal.error)
    call.store.save(intent)
    call.emit("setup_intent.setup_failed", intent)
    refusal.error[_KIND] = dict(intent)
    raise refusal


def finish(call: Call, intent: Json, method: Json) -> None:
    """Make the card ready, and its customer's."""
    intent.update(status="succeeded", next_action=None, last_setup_error=None)
    is_new = intent["customer"] is not None and method["customer"] is None
    method.update(_is_set_up=True, customer=intent["customer"])
    call.store.save(method)
    call.store.save(intent)
    if is_new:
        call.emit("payment_method.attached", method)
    call.emit("setup_intent.succeeded", intent)


def authenticated(call: Call, intent: Json, *, is_passed: bool) -> None:
    """Go on after the owner's answer. Raises ApiError when they failed."""
    method = call.find("payment_method", intent["payment_method"])
    if is_passed:
        finish(call, intent, method)
    else:
        fail(call, intent, method, _FAILED_AUTHENTICATION)


def retrieve(call: Call, id_: str) -> Json:
    read(call.params, {**EXPAND, "client_secret": text()})
    return call.find(_KIND, id_)


def update(call: Call, id_: str) -> Json:
    asked = read(call.params, {**EXPAND, **METADATA, "description": text(1000)})
    intent = call.find(_KIND, id_)
    intent["description"] = asked.get("description", intent["description"])
    if "metadata" in asked:
        intent["metadata"] = merged(intent["metadata"], asked["metadata"])
    call.store.save(intent)
    return intent


def confirm(call: Call, id_: str) -> Json:
    asked = read(call.params, {**EXPAND, **CONFIRM})
    intent = call.find(_KIND, id_)
    if intent["status"] not in _OPEN:
        raise wrong_status("You cannot confirm this SetupIntent", "confirmed", intent, _OPEN)
    _confirm(call, intent, asked)
    return intent


def cancel(call: Call, id_: str) -> Json:
    reasons = one_of("abandoned", "duplicate", "requested_by_customer")
    asked = read(call.params, {**EXPAND, "cancellation_reason": reasons})
    intent = call.find(_KIND, id_)
    if intent["status"] not in _OPEN:
        raise wrong_status("You cannot cancel this SetupIntent", "canceled", intent, _OPEN)
    intent.update(status="canceled", next_action=None, cancellation_reason=asked.get("cancellation_reason"))
    call.store.save(intent)
    call.emit("setup_intent.canceled", intent)
    return intent


def list_all(call: Call) -> Json:
    asked = read(call.params, {**LIST, "customer": text()})
    filters: Filters = {"customer": asked["customer"]} if "customer" in asked else {}
    return page(call, _KIND, "/v1/setup_intents", asked, filters)


ROUTES = (
    ("POST", "/v1/setup_intents", create),
    ("GET", "/v1/setup_intents", list_all),
    ("GET", "/v1/setup_intents/{id}", retrieve),
    ("POST", "/v1/setup_intents/{id}", update),
    ("POST", "/v1/setup_intents/{id}/confirm", confirm),
    ("POST", "/v1/setup_intents/{id}/cancel", cancel),
)
