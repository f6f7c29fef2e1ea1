"""Refunds: whole, in parts, never more than was taken."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.plugins.fake_stripe import FakeStripe


@pytest.fixture
def paid(client: Any, make_intent: Callable[..., Any]) -> Any:
    return client.payment_intents.confirm(make_intent().id)


def test_whole_charge_is_refunded(fake_stripe: FakeStripe, client: Any, paid: Any) -> None:
    refund = client.refunds.create(
        {"payment_intent": paid.id, "reason": "requested_by_customer", "metadata": {"command": "7"}}
    )

    charge = client.charges.retrieve(paid.latest_charge)
    assert (refund.amount, refund.charge, refund.status) == (500, charge.id, "succeeded")
    assert (refund.reason, refund.metadata.to_dict()) == ("requested_by_customer", {"command": "7"})
    assert (charge.refunded, charge.amount_refunded) == (True, 500)
    assert client.payment_intents.retrieve(paid.id).status == "succeeded"
    assert fake_stripe.movements()[2:] == [("refunded", 500)]
    assert client.balance.retrieve().available[0].amount == 0


def test_parts_are_refunded_up_to_the_whole(fake_stripe: FakeStripe, client: Any, paid: Any) -> None:
    for cents in (200, 300):
        client.refunds.create({"charge": paid.latest_charge, "amount": cents})

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.refunds.create({"payment_intent": paid.id})

    assert refusal.value.code == "charge_already_refunded"
    assert fake_stripe.movements()[2:] == [("refunded", 200), ("refunded", 300)]
    assert [refund.amount for refund in client.refunds.list({"payment_intent": paid.id}).data] == [300, 200]


def test_more_than_is_left_is_refused(fake_stripe: FakeStripe, client: Any, paid: Any) -> None:
    client.refunds.create({"payment_intent": paid.id, "amount": 400})

    with pytest.raises(stripe.InvalidRequestError, match=r"\$2.00\) is greater than .* \(\$1.00\)"):
        client.refunds.create({"payment_intent": paid.id, "amount": 200})

    assert fake_stripe.movements()[2:] == [("refunded", 400)]


def test_captured_part_alone_can_be_refunded(fake_stripe: FakeStripe, client: Any, hold: Any) -> None:
    client.payment_intents.capture(hold.id, {"amount_to_capture": 300})

    client.refunds.create({"payment_intent": hold.id})

    assert fake_stripe.book()["totals"] == {
        "authorised": 500,
        "captured": 300,
        "released": 200,
        "refunded": 300,
        "held": 0,
    }


def test_what_was_not_taken_is_not_refunded(fake_stripe: FakeStripe, client: Any, hold: Any) -> None:
    for given in ({"payment_intent": hold.id}, {"charge": hold.latest_charge}):
        with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund"):
            client.refunds.create(given)
    with pytest.raises(stripe.InvalidRequestError, match="should be provided"):
        client.refunds.create({})

    assert fake_stripe.movements() == [("authorised", 500)]
    assert client.refunds.list().data == []
