"""What the fake and localstripe must do alike, asked through the real stripe library.

Two programs by different people agreeing is as near to Stripe as a machine without a network comes.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.plugins import localstripe
from tests.plugins.fake_stripe import FakeStripe

CARD = {"exp_month": 12, "exp_year": 2034, "cvc": "123"}


@pytest.fixture(scope="session")
def _localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[localstripe.LocalStripe]:
    server = localstripe.start(tmp_path_factory.mktemp("localstripe"))
    yield server
    server.stop()


@pytest.fixture(params=["fake", "localstripe"])
def client(request: pytest.FixtureRequest) -> Any:
    if request.param == "localstripe":
        return request.getfixturevalue("_localstripe").client()
    fake: FakeStripe = request.getfixturevalue("fake_stripe")
    return fake.client()


@pytest.fixture
def customer(client: Any) -> Any:
    return client.customers.create({"email": "ann@example.com", "metadata": {"account": "7"}})


def attach(client: Any, customer: Any, number: str) -> Any:
    method = client.payment_methods.create({"type": "card", "card": {"number": number, **CARD}})
    return client.payment_methods.attach(method.id, {"customer": customer.id})


@pytest.fixture
def card(client: Any, customer: Any) -> Any:
    return attach(client, customer, "4242424242424242")


def make_intent(client: Any, customer: Any, card: Any, **changes: Any) -> Any:
    params = {"amount": 500, "currency": "usd", "customer": customer.id, "payment_method": card.id}
    return client.payment_intents.create({**params, "payment_method_types": ["card"], **changes})


def test_customer_is_kept_and_changed(client: Any, customer: Any) -> None:
    client.customers.update(customer.id, {"email": "new@example.com", "metadata": {"account": "8"}})

    found = client.customers.retrieve(customer.id)

    assert (found.object, found.email, found.metadata["account"]) == ("customer", "new@example.com", "8")


def test_attached_card_is_listed_and_detached(client: Any, customer: Any, card: Any) -> None:
    listed = client.payment_methods.list({"customer": customer.id, "type": "card"})
    assert [(method.id, method.card.brand, method.card.last4) for method in listed.data] == [
        (card.id, "visa", "4242")
    ]

    client.payment_methods.detach(card.id)

    assert client.payment_methods.list({"customer": customer.id, "type": "card"}).data == []


def test_declined_card_cannot_be_attached(client: Any, customer: Any) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        client.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer.id})

    assert (refusal.value.http_status, refusal.value.code) == (402, "card_declined")


def test_setup_intent_takes_a_card(client: Any, customer: Any, card: Any) -> None:
    intent = client.setup_intents.create({"customer": customer.id, "payment_method_types": ["card"]})
    assert intent.status == "requires_payment_method"

    confirmed = client.setup_intents.confirm(intent.id, {"payment_method": card.id})

    assert (confirmed.status, confirmed.payment_method) == ("succeeded", card.id)


def test_unconfirmed_intent_moves_nothing(client: Any, customer: Any, card: Any) -> None:
    intent = make_intent(client, customer, card, metadata={"charge_id": "c1"})

    found = client.payment_intents.retrieve(intent.id)

    assert (found.status, found.latest_charge) == ("requires_confirmation", None)
    assert (found.amount, found.currency, found.metadata["charge_id"]) == (500, "usd", "c1")


def test_confirmed_intent_is_charged(client: Any, customer: Any, card: Any) -> None:
    intent = make_intent(client, customer, card)

    confirmed = client.payment_intents.confirm(intent.id, {"expand": ["latest_charge"]})

    charge = confirmed.latest_charge
    assert (confirmed.status, charge.amount, charge.captured) == ("succeeded", 500, True)
    assert (charge.payment_intent, charge.status) == (intent.id, "succeeded")


def test_one_shot_is_charged(client: Any, customer: Any, card: Any) -> None:
    intent = make_intent(client, customer, card, confirm=True, off_session=True)

    assert intent.status == "succeeded"


def test_held_intent_is_captured_once(client: Any, customer: Any, card: Any) -> None:
    intent = make_intent(client, customer, card, capture_method="manual")
    assert client.payment_intents.confirm(intent.id).status == "requires_capture"

    assert client.payment_intents.capture(intent.id).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.capture(intent.id)


def test_part_of_a_hold_can_be_captured(client: Any, customer: Any, card: Any) -> None:
    intent = make_intent(client, customer, card, capture_method="manual")
    client.payment_intents.confirm(intent.id)

    captured = client.payment_intents.capture(
        intent.id, {"amount_to_capture": 300, "expand": ["latest_charge"]}
    )

    assert captured.status == "succeeded"
    assert captured.latest_charge.captured


def test_held_intent_is_cancelled_once(client: Any, customer: Any, card: Any) -> None:
    intent = make_intent(client, customer, card, capture_method="manual")
    client.payment_intents.confirm(intent.id)

    assert client.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.cancel(intent.id)


def test_card_that_fails_after_attaching_is_declined(client: Any, customer: Any) -> None:
    failing = attach(client, customer, "4000000000000341")
    intent = make_intent(client, customer, failing)

    with pytest.raises(stripe.CardError) as refusal:
        client.payment_intents.confirm(intent.id)

    assert (refusal.value.http_status, refusal.value.code) == (402, "card_declined")
    assert client.payment_intents.retrieve(intent.id).status == "requires_payment_method"


@pytest.mark.parametrize("cents", [200, 500])
def test_charge_is_refunded(client: Any, customer: Any, card: Any, cents: int) -> None:
    intent = make_intent(client, customer, card, confirm=True)

    refund = client.refunds.create({"payment_intent": intent.id, "amount": cents})

    charge = client.charges.retrieve(refund.charge)
    assert (refund.amount, charge.payment_intent, refund.status) == (cents, intent.id, "succeeded")
    assert (charge.amount_refunded, charge.refunded) == (cents, cents == 500)


def test_unknown_objects_are_missing(client: Any) -> None:
    for retrieve in (client.customers.retrieve, client.payment_intents.retrieve, client.refunds.retrieve):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            retrieve("pi_nothing")

        assert refusal.value.http_status == 404


def test_balance_can_be_asked(client: Any) -> None:
    assert client.balance.retrieve().livemode is False


def test_a_success_is_an_event(client: Any, customer: Any, card: Any) -> None:
    intent = make_intent(client, customer, card, confirm=True)

    events = client.events.list({"type": "payment_intent.succeeded", "limit": 100}).data

    (event,) = [event for event in events if event.data.object.id == intent.id]
    assert client.events.retrieve(event.id).type == "payment_intent.succeeded"


def test_wrong_key_is_refused(client: Any) -> None:
    address = client.customers._requestor._options.base_addresses["api"]
    stranger = stripe.StripeClient("no_such_key", base_addresses={"api": address}, max_network_retries=0)

    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.balance.retrieve()
