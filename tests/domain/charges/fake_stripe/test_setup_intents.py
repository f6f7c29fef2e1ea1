"""Setup intents: confirmed with a card, waiting for its owner, cancelled, refused."""

from typing import Any

import pytest
import stripe


@pytest.fixture
def intent(client: Any, customer: Any) -> Any:
    return client.setup_intents.create({"customer": customer.id, "payment_method_types": ["card"]})


def test_confirming_attaches_the_card(client: Any, customer: Any, intent: Any) -> None:
    done = client.setup_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "expand": ["payment_method"]}
    )

    assert (done.status, done.usage, done.customer) == ("succeeded", "off_session", customer.id)
    assert (done.payment_method.customer, done.payment_method.card.last4) == (customer.id, "4242")


def test_creation_may_confirm(client: Any, customer: Any) -> None:
    done = client.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_visa",
            "payment_method_types": ["card"],
            "confirm": True,
        }
    )

    assert done.status == "succeeded"
    assert len(client.payment_methods.list({"customer": customer.id}).data) == 1


def test_declined_card_leaves_the_intent_open(client: Any, customer: Any, intent: Any) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        client.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclinedStolenCard"})

    assert refusal.value.error.decline_code == "stolen_card"
    assert refusal.value.error.setup_intent.id == intent.id
    found = client.setup_intents.retrieve(intent.id)
    assert (found.status, found.payment_method) == ("requires_payment_method", None)
    assert found.last_setup_error.code == "card_declined"
    assert client.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_card_that_asks_its_owner_waits(client: Any, intent: Any) -> None:
    waiting = client.setup_intents.confirm(
        intent.id,
        {
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "return_url": "https://tasks.example.com/back",
        },
    )

    assert waiting.status == "requires_action"
    assert waiting.next_action.type == "redirect_to_url"
    assert waiting.next_action.redirect_to_url.return_url == "https://tasks.example.com/back"


def test_intent_without_a_card_cannot_be_confirmed(client: Any, intent: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.setup_intents.confirm(intent.id)

    assert refusal.value.code == "setup_intent_unexpected_state"
    assert refusal.value.error.setup_intent.id == intent.id


def test_finished_intent_takes_no_step(client: Any, intent: Any) -> None:
    assert client.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"}).status == "canceled"

    for step in (client.setup_intents.cancel, client.setup_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            step(intent.id)
        assert refusal.value.code == "setup_intent_unexpected_state"
    assert client.setup_intents.retrieve(intent.id).cancellation_reason == "abandoned"


def test_words_can_be_changed_and_intents_listed(client: Any, customer: Any, intent: Any) -> None:
    client.setup_intents.update(intent.id, {"description": "card of Ann", "metadata": {"a": "1"}})

    (found,) = client.setup_intents.list({"customer": customer.id}).data

    assert (found.id, found.description, found.metadata.to_dict()) == (intent.id, "card of Ann", {"a": "1"})
