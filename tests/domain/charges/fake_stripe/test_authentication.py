"""Cards whose owners have to authenticate: declined while they are away, asked while they are there."""

import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.domain.charges.fake_stripe.test_checkout import browse
from tests.plugins.fake_stripe import FakeStripe

BACK = "https://tasks.example.com/back?from=bank"


def set_up(client: Any, customer: Any, name: str) -> Any:
    """A card of the customer's, confirmed by its owner at the bank's page."""
    intent = client.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": name,
            "payment_method_types": ["card"],
            "confirm": True,
            "return_url": BACK,
        }
    )
    browse(intent.next_action.redirect_to_url.url, answer="yes")
    return client.setup_intents.retrieve(intent.id, {"expand": ["payment_method"]}).payment_method


@pytest.mark.parametrize(
    ("name", "is_charged"),
    [
        ("pm_card_authenticationRequiredOnSetup", True),
        ("pm_card_authenticationRequiredSetupForOffSession", True),
        ("pm_card_authenticationRequired", False),
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", False),
    ],
)
def test_cards_set_up_are_charged_while_their_owners_are_away(
    fake_stripe: FakeStripe,
    client: Any,
    customer: Any,
    make_intent: Callable[..., Any],
    name: str,
    is_charged: bool,
) -> None:
    intent = make_intent(payment_method=set_up(client, customer, name).id)

    if is_charged:
        client.payment_intents.confirm(intent.id, {"off_session": True})
        assert fake_stripe.movements() == [("authorised", 500), ("captured", 500)]
        return
    with pytest.raises(stripe.CardError) as refusal:
        client.payment_intents.confirm(intent.id, {"off_session": True})
    assert (refusal.value.code, refusal.value.error.decline_code) == (
        "authentication_required",
        "authentication_required",
    )
    assert refusal.value.user_message == "Your card was declined. This transaction requires authentication."
    assert refusal.value.error.payment_intent.status == "requires_payment_method"
    assert fake_stripe.movements() == []


def test_card_that_was_not_set_up_is_declined_while_its_owner_is_away(
    fake_stripe: FakeStripe, client: Any, customer: Any, make_intent: Callable[..., Any]
) -> None:
    card = client.payment_methods.attach("pm_card_authenticationRequiredOnSetup", {"customer": customer.id})

    with pytest.raises(stripe.CardError) as refusal:
        client.payment_intents.confirm(make_intent(payment_method=card.id).id, {"off_session": True})

    assert refusal.value.code == "authentication_required"
    assert fake_stripe.movements() == []


@pytest.fixture
def waiting(client: Any, customer: Any, make_intent: Callable[..., Any]) -> Any:
    """An intent whose owner is there and was sent to the bank's page."""
    card = client.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer.id})
    return client.payment_intents.confirm(make_intent(payment_method=card.id).id, {"return_url": BACK})


def test_owner_who_is_there_is_asked(fake_stripe: FakeStripe, client: Any, waiting: Any) -> None:
    assert (waiting.status, waiting.next_action.type) == ("requires_action", "redirect_to_url")
    assert fake_stripe.movements() == []

    status, goes_to = browse(waiting.next_action.redirect_to_url.url, answer="yes")

    query = urllib.parse.parse_qs(urllib.parse.urlsplit(goes_to).query)
    assert (status, query["from"], query["payment_intent"]) == (303, ["bank"], [waiting.id])
    done = client.payment_intents.retrieve(waiting.id)
    assert (done.status, done.next_action) == ("succeeded", None)
    assert fake_stripe.movements() == [("authorised", 500), ("captured", 500)]


def test_owner_may_say_no(fake_stripe: FakeStripe, client: Any, waiting: Any) -> None:
    browse(waiting.next_action.redirect_to_url.url, answer="no")

    done = client.payment_intents.retrieve(waiting.id)
    assert done.status == "requires_payment_method"
    assert done.last_payment_error.code == "payment_intent_authentication_failure"
    assert fake_stripe.movements() == []
    assert browse(waiting.next_action.redirect_to_url.url, answer="yes")[0] == 404


def test_waiting_intent_can_be_cancelled(fake_stripe: FakeStripe, client: Any, waiting: Any) -> None:
    assert client.payment_intents.cancel(waiting.id).status == "canceled"
    assert fake_stripe.movements() == []


def test_asking_can_be_an_error_instead(client: Any, customer: Any, make_intent: Callable[..., Any]) -> None:
    card = client.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer.id})

    with pytest.raises(stripe.CardError) as refusal:
        client.payment_intents.confirm(
            make_intent(payment_method=card.id).id, {"error_on_requires_action": True}
        )

    assert refusal.value.code == "authentication_required"
