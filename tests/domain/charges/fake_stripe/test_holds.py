"""Holds lapse when the program's clock says so, and what has lapsed cannot be captured."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.plugins.fake_stripe import FakeStripe

DAY = 24 * 3600


def test_hold_lapses_after_its_days(fake_stripe: FakeStripe, client: Any, hold: Any) -> None:
    fake_stripe.move_clock(advance_seconds=7 * DAY - 60)
    assert client.payment_intents.retrieve(hold.id).status == "requires_capture"

    fake_stripe.move_clock(advance_seconds=61)

    found = client.payment_intents.retrieve(hold.id, {"expand": ["latest_charge"]})
    assert (found.status, found.cancellation_reason, found.amount_capturable) == ("canceled", "automatic", 0)
    assert (found.latest_charge.refunded, found.latest_charge.captured) == (True, False)
    assert fake_stripe.movements() == [("authorised", 500), ("released", 500)]
    told = [event.type for event in client.events.list({"limit": 2}).data]
    assert told == ["charge.expired", "payment_intent.canceled"]


def test_lapsed_hold_is_not_captured(fake_stripe: FakeStripe, client: Any, hold: Any) -> None:
    fake_stripe.move_clock(advance_seconds=8 * DAY)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.payment_intents.capture(hold.id)

    assert refusal.value.code == "payment_intent_unexpected_state"
    assert "because it has a status of canceled" in refusal.value.user_message
    assert fake_stripe.movements() == [("authorised", 500), ("released", 500)]


def test_captured_and_cancelled_holds_do_not_lapse(
    fake_stripe: FakeStripe, client: Any, hold: Any, make_intent: Callable[..., Any]
) -> None:
    client.payment_intents.capture(hold.id)
    other = client.payment_intents.confirm(make_intent(capture_method="manual").id)
    client.payment_intents.cancel(other.id)
    before = fake_stripe.movements()

    fake_stripe.move_clock(advance_seconds=30 * DAY)

    assert client.payment_intents.retrieve(hold.id).status == "succeeded"
    assert fake_stripe.movements() == before


def test_life_of_holds_can_be_set(
    fake_stripe: FakeStripe, client: Any, make_intent: Callable[..., Any]
) -> None:
    fake_stripe.move_clock(hold_seconds=2 * DAY)

    hold = client.payment_intents.confirm(
        make_intent(capture_method="manual").id, {"expand": ["latest_charge"]}
    )

    charge = hold.latest_charge
    assert charge.payment_method_details.card.capture_before - charge.created == 2 * DAY


def test_clock_goes_where_it_is_told_and_ticks_on(fake_stripe: FakeStripe, client: Any) -> None:
    real = fake_stripe.ask("GET", "/_clock")["now"]

    assert fake_stripe.move_clock(now="2027-01-31T12:00:00Z")["iso"] == "2027-01-31T12:00:00+00:00"
    assert 0 <= client.customers.create({}).created - 1801396800 < 60
    assert fake_stripe.move_clock(now=1801396800, advance_seconds=60)["now"] == 1801396860
    assert 0 <= fake_stripe.move_clock(now=None)["now"] - real < 60


@pytest.mark.parametrize(
    "wanted", [{}, [], {"now": "soon"}, {"now": "2027-01-31T12:00:00"}, {"now": True}, {"then": 1}]
)
def test_senseless_times_are_refused(fake_stripe: FakeStripe, wanted: object) -> None:
    before = fake_stripe.move_clock(now="2027-01-31T12:00:00Z")

    with pytest.raises(AssertionError, match="error"):
        fake_stripe.ask("POST", "/_clock", wanted)

    assert fake_stripe.ask("GET", "/_clock")["now"] - before["now"] < 60


def test_clock_and_holds_survive_a_kill(own_fake_stripe: FakeStripe) -> None:
    client = own_fake_stripe.client()
    hold = client.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
        }
    )
    own_fake_stripe.move_clock(advance_seconds=6 * DAY)
    own_fake_stripe.kill()
    own_fake_stripe.start_again()
    assert client.payment_intents.retrieve(hold.id).status == "requires_capture"

    own_fake_stripe.move_clock(advance_seconds=DAY)

    assert client.payment_intents.retrieve(hold.id).status == "canceled"
    assert own_fake_stripe.movements() == [("authorised", 500), ("released", 500)]
