"""Refunds of captured charges, whole or in part."""

from charges.fake_stripe import charging
from charges.fake_stripe.call import Call
from charges.fake_stripe.errors import Json, invalid_request
from charges.fake_stripe.forms import EXPAND, LIST, METADATA, Spec, cents, merged, one_of, read, text
from charges.fake_stripe.lists import Filters, page

_NEW: Spec = {
    **EXPAND,
    **METADATA,
    "amount": cents,
    "charge": text(),
    "payment_intent": text(),
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
}


def create(call: Call) -> Json:
    asked = read(call.params, _NEW)
    charge = _charge_to_refund(call, asked)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid_request(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = asked.get("amount", left)
    if amount > left:
        asked_for, there = f"${amount / 100:.2f}", f"${left / 100:.2f}"
        message = f"Refund amount ({asked_for}) is greater than unrefunded amount on charge ({there})"
        raise invalid_request(message, param="amount")
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    refund = charging.new_refund(
        call, charge, amount, {**asked, "metadata": merged({}, asked.get("metadata", {}))}
    )
    call.store.save(refund)
    call.store.save(charge)
    call.book("refunded", charge, amount)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge)
    return refund


def _charge_to_refund(call: Call, asked: Json) -> Json:
    if "charge" in asked:
        charge = call.find("charge", asked["charge"], param="charge")
        intent_id = charge["payment_intent"]
    elif "payment_intent" in asked:
        intent_id = asked["payment_intent"]
        intent = call.find("payment_intent", intent_id, param="payment_intent")
        charge = call.store.find("charge", intent["latest_charge"] or "") or {}
    else:
        raise invalid_request(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if not charge.get("captured"):
        raise invalid_request(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
        )
    return charge


def retrieve(call: Call, id_: str) -> Json:
    read(call.params, EXPAND)
    return call.find("refund", id_)


def list_all(call: Call) -> Json:
    asked = read(call.params, {**LIST, "charge": text(), "payment_intent": text()})
    filters: Filters = {name: asked[name] for name in ("charge", "payment_intent") if name in asked}
    return page(call, "refund", "/v1/refunds", asked, filters)


ROUTES = (
    ("POST", "/v1/refunds", create),
    ("GET", "/v1/refunds", list_all),
    ("GET", "/v1/refunds/{id}", retrieve),
)
