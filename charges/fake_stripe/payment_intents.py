"""Payment intents: created, confirmed, captured, cancelled, each in the statuses where Stripe allows it."""

from charges.fake_stripe import charging, payment_methods
from charges.fake_stripe.call import Call
from charges.fake_stripe.cards import AUTHENTICATION_REQUIRED, Decline
from charges.fake_stripe.errors import Json, invalid_request, unexpected_state, wrong_parameter, wrong_status
from charges.fake_stripe.forms import (
    EXPAND,
    LIST,
    METADATA,
    Spec,
    boolean,
    cents,
    merged,
    one_of,
    read,
    text,
    unsettable,
)
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

_KIND = "payment_intent"
_CURRENCIES = ("usd", "eur", "gbp", "cad", "aud", "nzd", "chf", "sek", "nok", "dkk")
_LEAST_CENTS = 50
_WORDS: Spec = {
    **EXPAND,
    **METADATA,
    "customer": text(),
    "description": unsettable(text(1000)),
    "receipt_email": unsettable(text(512)),
    "setup_future_usage": unsettable(one_of("off_session", "on_session")),
    "statement_descriptor": text(22),
    "statement_descriptor_suffix": text(22),
}
_CONFIRM: Spec = {
    **CONFIRM,
    "error_on_requires_action": boolean,
    "off_session": boolean,
    "setup_future_usage": _WORDS["setup_future_usage"],
}
_CAPTURE_METHODS = one_of("automatic", "automatic_async", "manual")
_NEW: Spec = {
    **_WORDS,
    **METHOD_TYPES,
    **_CONFIRM,
    "amount": cents,
    "capture_method": _CAPTURE_METHODS,
    "confirm": boolean,
    "confirmation_method": one_of("automatic", "manual"),
    "currency": text(),
}
_CHANGE: Spec = {**_WORDS, "amount": cents, "currency": text(), "payment_method": text()}
_UNCONFIRMED = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
)
_FAILED_AUTHENTICATION = Decline(
    "payment_intent_authentication_failure",
    "authentication_not_handled",
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this PaymentIntent again.",
)


def create(call: Call) -> Json:
    asked = read(call.params, _NEW, required=("amount", "currency"))
    require_confirm(asked, "off_session", "error_on_requires_action", "return_url", "use_stripe_sdk")
    _require_amount(asked["amount"], asked["currency"])
    intent = _new(call, asked)
    _choose(call, intent, asked.get("payment_method"))
    call.store.save(intent)
    call.emit("payment_intent.created", intent)
    if asked.get("confirm"):
        _confirm(call, intent, asked)
    return intent


def _require_amount(amount: int, currency: str) -> None:
    if currency.lower() not in _CURRENCIES:
        message = f"Invalid currency: {currency}. This program knows: {', '.join(_CURRENCIES)}."
        raise wrong_parameter(message, param="currency")
    if amount < _LEAST_CENTS:
        message = f"Amount must be at least $0.{_LEAST_CENTS} {currency}"
        raise wrong_parameter(message, code="amount_too_small", param="amount")


def _new(call: Call, asked: Json) -> Json:
    if "customer" in asked:
        call.find_customer(asked["customer"], param="customer")
    id_ = new_id("pi_3")
    return {
        "id": id_,
        "object": _KIND,
        "amount": asked["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        **method_types(asked),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": asked.get("capture_method", "automatic_async"),
        "client_secret": f"{id_}_secret_{new_id('', 25)}",
        "confirmation_method": asked.get("confirmation_method", "automatic"),
        "created": call.now,
        "currency": asked["currency"].lower(),
        "customer": asked.get("customer"),
        "description": asked.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merged({}, asked.get("metadata", {})),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {"card": {"network": None, "request_three_d_secure": "automatic"}},
        "processing": None,
        "receipt_email": asked.get("receipt_email"),
        "review": None,
        "setup_future_usage": asked.get("setup_future_usage"),
        "shipping": None,
        "statement_descriptor": asked.get("statement_descriptor"),
        "statement_descriptor_suffix": asked.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def _choose(call: Call, intent: Json, name: str | None) -> None:
    """Put a payment method on an intent, if it may be used there."""
    if name is None:
        return
    method = payment_methods.usable(call, name, param="payment_method")
    if method["customer"] is None:
        payment_methods.require_fresh(method)
    elif intent["customer"] is None:
        raise invalid_request(
            f"The PaymentMethod supplied ({name}) belongs to a Customer. Please include the Customer in the "
            "`customer` parameter on the PaymentIntent.",
            param="payment_method",
        )
    elif method["customer"] != intent["customer"]:
        raise invalid_request(
            f"The PaymentMethod supplied ({name}) does not belong to the Customer {intent['customer']}.",
            param="payment_method",
        )
    intent.update(payment_method=method["id"], status="requires_confirmation")


def _confirm(call: Call, intent: Json, asked: Json) -> None:
    """Try to charge: done, or its owner has to authenticate, or the bank says no (raised)."""
    require_return_url(intent, asked)
    if intent["payment_method"] is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
            "directly with a payment method or ConfirmationToken.",
            intent,
        )
    intent["setup_future_usage"] = asked.get("setup_future_usage", intent["setup_future_usage"])
    method = call.find("payment_method", intent["payment_method"])
    card = payment_methods.card_behind(method)
    is_alone = asked.get("off_session", False)
    if call.decline:
        charging.decline(call, intent, method, call.decline)
    if asks_owner(card, method, is_off_session=is_alone):
        if is_alone or asked.get("error_on_requires_action"):
            charging.decline(call, intent, method, AUTHENTICATION_REQUIRED)
        _ask_owner(call, intent, asked)
        return
    _charge(call, intent, method)


def _ask_owner(call: Call, intent: Json, asked: Json) -> None:
    intent.update(status="requires_action", next_action=next_action(call, intent, asked))
    call.store.save(intent)
    call.emit("payment_intent.requires_action", intent)


def _charge(call: Call, intent: Json, method: Json) -> None:
    reason = payment_methods.card_behind(method).at_charge
    if reason:
        charging.decline(call, intent, method, reason)
    charging.authorise(call, intent, method)


def authenticated(call: Call, intent: Json, *, is_passed: bool) -> None:
    """Go on after the owner's answer. Raises ApiError when they failed, or the bank says no."""
    method = call.find("payment_method", intent["payment_method"])
    if not is_passed:
        charging.fail(call, intent, method, _FAILED_AUTHENTICATION)
    _charge(call, intent, method)


def retrieve(call: Call, id_: str) -> Json:
    read(call.params, {**EXPAND, "client_secret": text()})
    return call.find(_KIND, id_)


def update(call: Call, id_: str) -> Json:
    asked = read(call.params, _CHANGE)
    intent = call.find(_KIND, id_)
    money = [name for name in ("amount", "currency", "customer", "payment_method") if name in asked]
    if money and intent["status"] not in _UNCONFIRMED:
        raise unexpected_state(
            f"This PaymentIntent's {money[0]} could not be updated because it has a status of "
            f"{intent['status']}. You may only update the {money[0]} of a PaymentIntent with one of the "
            f"following statuses: {', '.join(_UNCONFIRMED)}.",
            intent,
        )
    wanted: Json = {**intent, **asked}
    _require_amount(wanted["amount"], wanted["currency"])
    if "customer" in asked:
        call.find_customer(asked["customer"], param="customer")
    plain = {name for name in _CHANGE if name not in ("expand", "metadata", "payment_method")}
    intent.update({name: value for name, value in asked.items() if name in plain})
    if "metadata" in asked:
        intent["metadata"] = merged(intent["metadata"], asked["metadata"])
    _choose(call, intent, asked.get("payment_method"))
    call.store.save(intent)
    return intent


def confirm(call: Call, id_: str) -> Json:
    asked = read(
        call.params, {**EXPAND, **_CONFIRM, "receipt_email": text(512), "capture_method": _CAPTURE_METHODS}
    )
    intent = call.find(_KIND, id_)
    _require_confirmable(intent)
    intent.update({name: asked[name] for name in ("receipt_email", "capture_method") if name in asked})
    _choose(call, intent, asked.get("payment_method"))
    _confirm(call, intent, asked)
    return intent


def _require_confirmable(intent: Json) -> None:
    if intent["status"] == "succeeded":
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed.",
            intent,
        )
    if intent["status"] not in _UNCONFIRMED:
        raise wrong_status("You cannot confirm this PaymentIntent", "confirmed", intent, _UNCONFIRMED)


def capture(call: Call, id_: str) -> Json:
    words: Spec = {
        **EXPAND,
        **METADATA,
        "statement_descriptor": text(22),
        "statement_descriptor_suffix": text(22),
    }
    asked = read(call.params, {**words, "amount_to_capture": cents})
    intent = call.find(_KIND, id_)
    if intent["status"] != "requires_capture":
        raise wrong_status(
            "This PaymentIntent could not be captured", "captured", intent, ("requires_capture",)
        )
    held: int = intent["amount_capturable"]
    amount: int = asked.get("amount_to_capture", held)
    if amount > held:
        message = f"The amount to capture ({amount}) is greater than the capturable amount ({held})."
        raise invalid_request(message, code="amount_too_large", param="amount_to_capture")
    if "metadata" in asked:
        intent["metadata"] = merged(intent["metadata"], asked["metadata"])
    charging.capture(call, intent, amount)
    return intent


def cancel(call: Call, id_: str) -> Json:
    reasons = one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer")
    asked = read(call.params, {**EXPAND, "cancellation_reason": reasons})
    intent = call.find(_KIND, id_)
    if intent["status"] not in _CANCELABLE:
        raise wrong_status("You cannot cancel this PaymentIntent", "canceled", intent, _CANCELABLE)
    reason = asked.get("cancellation_reason")
    if intent["status"] == "requires_capture":
        charging.release(call, intent, reason)
    else:
        charging.end(call, intent, reason)
    return intent


def list_all(call: Call) -> Json:
    asked = read(call.params, {**LIST, "customer": text()})
    filters: Filters = {"customer": asked["customer"]} if "customer" in asked else {}
    return page(call, _KIND, "/v1/payment_intents", asked, filters)


ROUTES = (
    ("POST", "/v1/payment_intents", create),
    ("GET", "/v1/payment_intents", list_all),
    ("GET", "/v1/payment_intents/{id}", retrieve),
    ("POST", "/v1/payment_intents/{id}", update),
    ("POST", "/v1/payment_intents/{id}/confirm", confirm),
    ("POST", "/v1/payment_intents/{id}/capture", capture),
    ("POST", "/v1/payment_intents/{id}/cancel", cancel),
)
