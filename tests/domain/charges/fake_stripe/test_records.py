"""What can only be looked at: charges, events, the balance; and who may look."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.plugins.fake_stripe import FakeStripe


def test_charges_are_found_by_intent_and_customer(
    client: Any, customer: Any, make_intent: Callable[..., Any]
) -> None:
    paid = [client.payment_intents.confirm(make_intent().id) for _ in range(2)]

    by_intent = client.charges.list({"payment_intent": paid[0].id}).data
    by_customer = client.charges.list({"customer": customer.id}).data

    assert [charge.id for charge in by_intent] == [paid[0].latest_charge]
    assert [charge.id for charge in by_customer] == [paid[1].latest_charge, paid[0].latest_charge]
    assert client.charges.retrieve(
        paid[0].latest_charge, {"expand": ["payment_intent"]}
    ).payment_intent.id == (paid[0].id)


def test_balance_is_what_was_captured_and_not_refunded(client: Any, make_intent: Callable[..., Any]) -> None:
    assert client.balance.retrieve().available[0].amount == 0
    paid = client.payment_intents.confirm(make_intent().id)
    client.refunds.create({"payment_intent": paid.id, "amount": 200})

    balance = client.balance.retrieve()

    assert [(one.amount, one.currency) for one in balance.available] == [(300, "usd")]
    assert [(one.amount, one.currency) for one in balance.pending] == [(0, "usd")]


def test_every_step_is_an_event(client: Any, customer: Any, card: Any, hold: Any) -> None:
    client.payment_intents.capture(hold.id)
    client.refunds.create({"payment_intent": hold.id})
    client.payment_methods.detach(card.id)

    told = [event.type for event in client.events.list({"limit": 100}).data]

    assert told[::-1] == [
        "customer.created",
        "payment_method.attached",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
        "payment_method.detached",
    ]


def test_event_shows_the_object_as_it_was(client: Any, hold: Any) -> None:
    client.payment_intents.capture(hold.id)

    (event,) = client.events.list({"type": "payment_intent.amount_capturable_updated"}).data
    both = client.events.list({"types": ["charge.succeeded", "charge.captured"]}).data

    assert event.to_dict()["data"]["object"] == hold.to_dict()
    assert (event.api_version, event.livemode, event.pending_webhooks) == ("2026-10-28.endive", False, 0)
    assert event.request.id.startswith("req_")
    assert event.request.idempotency_key
    assert client.events.retrieve(event.id).id == event.id
    assert [one.type for one in both] == ["charge.captured", "charge.succeeded"]


def test_refused_and_failed_steps_tell_only_what_happened(
    client: Any, customer: Any, make_intent: Callable[..., Any]
) -> None:
    failing = client.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    intent = make_intent(payment_method=failing.id)
    with pytest.raises(stripe.CardError):
        client.payment_intents.confirm(intent.id)
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.capture(intent.id)

    told = [event.type for event in client.events.list({"limit": 2}).data]

    assert told == ["payment_intent.payment_failed", "charge.failed"]


@pytest.mark.parametrize("key", ["sk_live_51H0abcdefghijklmnop", "pk_test_51H0abcdefgh", "rk_test_51H", "x"])
def test_only_test_keys_open(fake_stripe: FakeStripe, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as refusal:
        fake_stripe.client(key).balance.retrieve()

    assert refusal.value.http_status == 401
    assert refusal.value.user_message.startswith("Invalid API Key provided: ")
    assert key not in refusal.value.user_message


@pytest.mark.parametrize(
    "name", ["customers", "payment_intents", "setup_intents", "charges", "refunds", "events"]
)
def test_missing_objects_are_named(client: Any, name: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        getattr(client, name).retrieve("xx_nothing")

    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
    assert refusal.value.user_message.endswith(": 'xx_nothing'")
    assert refusal.value.request_id.startswith("req_")
    assert refusal.value.error.request_log_url.endswith(refusal.value.request_id)
