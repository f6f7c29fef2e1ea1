"""Cards that banks decline, in Stripe's own words, and what a decline leaves behind."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.domain.charges.fake_stripe.test_payment_methods import CANNOT_BE_ADDED
from tests.plugins.fake_stripe import FakeStripe

BLOCKED = ("pm_card_radarBlock", "card_declined", "fraudulent", "Your card was declined.")


@pytest.mark.parametrize(("name", "code", "decline_code", "message"), [*CANNOT_BE_ADDED, BLOCKED])
def test_declined_cards_are_not_charged(
    fake_stripe: FakeStripe, client: Any, name: str, code: str, decline_code: str, message: str
) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        client.payment_intents.create(
            {
                "amount": 500,
                "currency": "usd",
                "payment_method": name,
                "payment_method_types": ["card"],
                "confirm": True,
            }
        )

    error = refusal.value
    assert (error.http_status, error.code, error.user_message) == (402, code, message)
    assert (error.error.type, error.error.decline_code) == ("card_error", decline_code)
    assert fake_stripe.movements() == []


def test_decline_leaves_a_failed_charge_and_an_open_intent(
    fake_stripe: FakeStripe, client: Any, customer: Any, card: Any, make_intent: Callable[..., Any]
) -> None:
    failing = client.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    intent = make_intent(payment_method=failing.id)

    with pytest.raises(stripe.CardError) as refusal:
        client.payment_intents.confirm(intent.id, {"off_session": True})

    error = refusal.value.error
    found = client.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (found.status, found.payment_method, found.amount_received) == ("requires_payment_method", None, 0)
    assert (error.payment_intent.id, error.charge) == (intent.id, found.latest_charge.id)
    assert error.payment_method.id == found.last_payment_error.payment_method.id == failing.id
    assert found.last_payment_error.decline_code == "generic_decline"
    charge = found.latest_charge
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")
    assert (charge.outcome.type, charge.outcome.reason) == ("issuer_declined", "generic_decline")
    assert fake_stripe.movements() == []
    again = client.payment_intents.confirm(intent.id, {"payment_method": card.id})
    assert (again.status, again.last_payment_error) == ("succeeded", None)


def test_blocked_card_counts_as_fraud(client: Any) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        client.payment_intents.create(
            {
                "amount": 500,
                "currency": "usd",
                "payment_method": "pm_card_radarBlock",
                "payment_method_types": ["card"],
                "confirm": True,
            }
        )

    charge = client.charges.retrieve(refusal.value.error.charge)
    assert (charge.outcome.type, charge.outcome.risk_level) == ("blocked", "highest")


@pytest.mark.parametrize(
    "code", ["insufficient_funds", "lost_card", "expired_card", "authentication_required"]
)
def test_a_fault_declines_any_card(
    fake_stripe: FakeStripe, client: Any, make_intent: Callable[..., Any], code: str
) -> None:
    fake_stripe.fail({"kind": "decline", "code": code, "path": "/v1/payment_intents/*/confirm", "nth": 1})
    intent = make_intent()

    with pytest.raises(stripe.CardError) as refusal:
        client.payment_intents.confirm(intent.id)

    assert refusal.value.error.decline_code == code
    assert fake_stripe.movements() == []
    assert fake_stripe.fired() == {"decline": 1}
