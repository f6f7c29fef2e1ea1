"""Fixtures of the fake Stripe's tests: a real stripe client, a customer with a card, a receiver of events."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.domain.charges.fake_stripe.receiver import Receiver
from tests.plugins.fake_stripe import FakeStripe


@pytest.fixture
def client(fake_stripe: FakeStripe) -> Any:
    """The v1 of the real library, pointed at an empty fake."""
    return fake_stripe.client()


@pytest.fixture
def customer(client: Any) -> Any:
    return client.customers.create({"email": "ann@example.com"})


@pytest.fixture
def card(client: Any, customer: Any) -> Any:
    """A card that works, attached to the customer."""
    return client.payment_methods.attach("pm_card_visa", {"customer": customer.id})


@pytest.fixture
def make_intent(client: Any, customer: Any, card: Any) -> Callable[..., Any]:
    """Make an unconfirmed intent of 500 cents on the customer's card; keywords change its parameters."""

    def make(**changes: Any) -> Any:
        params: dict[str, Any] = {
            "amount": 500,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": card.id,
            "payment_method_types": ["card"],
            "metadata": {"charge_id": "c1"},
        }
        return client.payment_intents.create({**params, **changes})

    return make


@pytest.fixture
def hold(client: Any, make_intent: Callable[..., Any]) -> Any:
    """500 cents held, to be captured or let go."""
    return client.payment_intents.confirm(make_intent(capture_method="manual").id, {"off_session": True})


@pytest.fixture
def receiver(fake_stripe: FakeStripe) -> Iterator[Receiver]:
    """A webhook endpoint on loopback, which the fake sends its events to."""
    made = Receiver()
    fake_stripe.send_events_to(made.url)
    yield made
    made.close()
