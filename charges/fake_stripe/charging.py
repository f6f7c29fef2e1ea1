"""What moves money, or fails to: charges authorised, captured, released (all into the book), and declined.

When an intent may be charged is payment_intents.py's business.
"""

from typing import NoReturn

from charges.fake_stripe import payment_methods
from charges.fake_stripe.call import Call
from charges.fake_stripe.cards import Decline
from charges.fake_stripe.errors import Json
from charges.fake_stripe.ids import new_id

HOLD_SECONDS = "hold_seconds"  # setting
DEFAULT_HOLD_SECONDS = 7 * 24 * 3600  # what card networks give to online payments


def authorise(call: Call, intent: Json, method: Json) -> None:
    """The bank said yes: hold the money, or take it at once."""
    is_held = intent["capture_method"] == "manual"
    charge = _charge(call, intent, method)
    charge.update(paid=True, status="succeeded", outcome=_outcome(None))
    intent.update(next_action=None, last_payment_error=None, latest_charge=charge["id"])
    call.book("authorised", charge, charge["amount"])
    if is_held:
        _hold(call, intent, charge)
    else:
        call.book("captured", charge, charge["amount"])
        charge.update(captured=True, amount_captured=charge["amount"])
        intent.update(status="succeeded", amount_received=charge["amount"])
    call.store.save(charge)
    call.store.save(intent)
    _keep_method(call, intent, method)
    call.emit("charge.succeeded", charge)
    call.emit("payment_intent.amount_capturable_updated" if is_held else "payment_intent.succeeded", intent)


def _hold(call: Call, intent: Json, charge: Json) -> None:
    capture_before = call.now + call.store.setting(HOLD_SECONDS, DEFAULT_HOLD_SECONDS)
    charge["payment_method_details"]["card"]["capture_before"] = capture_before
    intent.update(status="requires_capture", amount_capturable=charge["amount"])
    call.store.run("INSERT OR REPLACE INTO hold VALUES (?, ?)", intent["id"], capture_before)


def _keep_method(call: Call, intent: Json, method: Json) -> None:
    """Outside a customer a payment method works once; setup_future_usage puts it into one."""
    if method["customer"] is not None:
        return
    if intent["setup_future_usage"] and intent["customer"]:
        method.update(customer=intent["customer"], _is_set_up=True)
        call.store.save(method)
        call.emit("payment_method.attached", method)
    else:
        method["_is_used_up"] = True
        call.store.save(method)


def decline(call: Call, intent: Json, method: Json, reason: Decline) -> NoReturn:
    """The bank said no: leave a failed charge behind, and raise that."""
    charge = _charge(call, intent, method)
    charge.update(
        failure_code=reason.code, failure_message=reason.message, outcome=_outcome(reason), status="failed"
    )
    call.store.save(charge)
    call.emit("charge.failed", charge)
    intent["latest_charge"] = charge["id"]
    fail(call, intent, method, reason, charge=charge["id"])


def fail(call: Call, intent: Json, method: Json, reason: Decline, charge: str | None = None) -> NoReturn:
    """Ask for another payment method, and raise why."""
    refusal = payment_methods.declined(reason, charge=charge, payment_method=method)
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error=dict(refusal.error),
    )
    call.store.save(intent)
    call.emit("payment_intent.payment_failed", intent)
    refusal.error["payment_intent"] = dict(intent)
    raise refusal


def capture(call: Call, intent: Json, cents: int) -> None:
    """Take held money, and let go of the rest."""
    charge = call.find("charge", intent["latest_charge"])
    rest = charge["amount"] - cents
    charge.update(captured=True, amount_captured=cents, amount_refunded=rest)
    call.book("captured", charge, cents)
    if rest:
        call.book("released", charge, rest)
    intent.update(status="succeeded", amount_capturable=0, amount_received=cents)
    _end_hold(call, intent, charge)
    call.emit("charge.captured", charge)
    call.emit("payment_intent.succeeded", intent)


def release(call: Call, intent: Json, reason: str | None, *, event: str = "charge.refunded") -> None:
    """Let go of held money: the intent is over, and the charge counts as refunded."""
    charge = call.find("charge", intent["latest_charge"])
    charge.update(refunded=True, amount_refunded=charge["amount"])
    call.book("released", charge, charge["amount"])
    end(call, intent, reason)
    _end_hold(call, intent, charge)
    call.store.save(new_refund(call, charge, charge["amount"], {}))
    call.emit(event, charge)


def _end_hold(call: Call, intent: Json, charge: Json) -> None:
    call.store.run("DELETE FROM hold WHERE payment_intent = ?", intent["id"])
    call.store.save(charge)
    call.store.save(intent)


def end(call: Call, intent: Json, reason: str | None) -> None:
    """Cancel an intent, whatever it was waiting for."""
    intent.update(
        status="canceled",
        canceled_at=call.now,
        cancellation_reason=reason,
        amount_capturable=0,
        next_action=None,
    )
    call.store.save(intent)
    call.emit("payment_intent.canceled", intent)


def lapse_holds(call: Call) -> None:
    """Let go of every hold that was not captured in time, as the banks do."""
    due = call.store.rows("SELECT payment_intent FROM hold WHERE capture_before <= ?", call.now)
    for row in due:
        intent = call.find("payment_intent", row["payment_intent"])
        release(call, intent, "automatic", event="charge.expired")


def new_refund(call: Call, charge: Json, cents: int, asked: Json) -> Json:
    return {
        "id": new_id("re_3"),
        "object": "refund",
        "amount": cents,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "destination_details": {
            "card": {"type": "refund" if charge["captured"] else "reversal"},
            "type": "card",
        },
        "metadata": asked.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "reason": asked.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _outcome(reason: Decline | None) -> Json:
    if reason is None:
        return {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    is_blocked = reason.decline_code == "fraudulent"
    return {
        "network_status": "not_sent_to_network" if is_blocked else "declined_by_network",
        "reason": "highest_risk_level" if is_blocked else reason.decline_code,
        "risk_level": "highest" if is_blocked else "normal",
        "seller_message": "Stripe blocked this payment as too risky." if is_blocked else reason.message,
        "type": "blocked" if is_blocked else "issuer_declined",
    }


def _charge(call: Call, intent: Json, method: Json) -> Json:
    """A charge before the bank answers. Its metadata are those of the intent at this moment."""
    id_ = new_id("ch_3")
    return {
        "id": id_,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": intent["statement_descriptor"] or "TASK TRACKER",
        "captured": False,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _card(intent, method), "type": "card"},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"{call.address}/_receipt/{id_}",
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    }


def _card(intent: Json, method: Json) -> Json:
    """The card as a charge describes it, ready for what the bank says."""
    return {
        **{
            name: value for name, value in method["card"].items() if name not in ("display_brand", "networks")
        },
        "amount_authorized": intent["amount"],
        "authorization_code": new_id("", 6).upper(),
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": method["card"]["brand"],
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "three_d_secure": None,
    }
