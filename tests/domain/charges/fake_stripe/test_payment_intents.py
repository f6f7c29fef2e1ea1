"""Payment intents: created, confirmed, captured, cancelled, changed; each step where Stripe allows it."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.plugins.fake_stripe import FakeStripe

MakeIntent = Callable[..., Any]


def test_unconfirmed_intent_moves_no_money(
    fake_stripe: FakeStripe, card: Any, make_intent: MakeIntent
) -> None:
    intent = make_intent(description="missed", receipt_email="ann@example.com", capture_method="manual")

    assert intent.id.startswith("pi_3")
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.status, intent.latest_charge, intent.amount_received) == ("requires_confirmation", None, 0)
    assert (intent.payment_method, intent.description) == (card.id, "missed")
    assert fake_stripe.book()["movements"] == []


def test_confirmed_intent_is_charged_at_once(
    fake_stripe: FakeStripe, client: Any, customer: Any, make_intent: MakeIntent
) -> None:
    intent = make_intent(description="missed", receipt_email="ann@example.com")

    done = client.payment_intents.confirm(intent.id, {"off_session": True, "expand": ["latest_charge"]})

    charge = done.latest_charge
    assert (done.status, done.amount_received, done.amount_capturable) == ("succeeded", 500, 0)
    assert (charge.captured, charge.paid, charge.status, charge.amount_captured) == (
        True,
        True,
        "succeeded",
        500,
    )
    assert (charge.description, charge.receipt_email) == ("missed", "ann@example.com")
    assert charge.metadata.to_dict() == {"charge_id": "c1"}
    assert charge.outcome.type == "authorized"
    assert "capture_before" not in charge.payment_method_details.card
    movements = fake_stripe.book()["movements"]
    assert [movement.pop("at") - done.created < 60 for movement in movements] == [True, True]
    assert movements == [
        {
            "seq": movements[0]["seq"] + step,
            "kind": kind,
            "payment_intent": intent.id,
            "charge": charge.id,
            "customer": customer.id,
            "cents": 500,
            "currency": "usd",
            "metadata": {"charge_id": "c1"},
        }
        for step, kind in enumerate(["authorised", "captured"])
    ]


def test_manual_intent_is_held_then_captured(fake_stripe: FakeStripe, client: Any, hold: Any) -> None:
    assert (hold.status, hold.amount_capturable, hold.amount_received) == ("requires_capture", 500, 0)
    charge = client.charges.retrieve(hold.latest_charge)
    assert charge.payment_method_details.card.capture_before - charge.created == 7 * 24 * 3600
    assert fake_stripe.movements() == [("authorised", 500)]

    done = client.payment_intents.capture(hold.id)

    assert (done.status, done.amount_capturable, done.amount_received) == ("succeeded", 0, 500)
    assert fake_stripe.movements() == [("authorised", 500), ("captured", 500)]


def test_part_is_captured_and_the_rest_released(fake_stripe: FakeStripe, client: Any, hold: Any) -> None:
    done = client.payment_intents.capture(hold.id, {"amount_to_capture": 300, "expand": ["latest_charge"]})

    assert (done.status, done.amount_received) == ("succeeded", 300)
    assert (done.latest_charge.amount_captured, done.latest_charge.amount_refunded) == (300, 200)
    assert fake_stripe.movements() == [("authorised", 500), ("captured", 300), ("released", 200)]
    assert fake_stripe.book()["totals"] == {
        "authorised": 500,
        "captured": 300,
        "released": 200,
        "refunded": 0,
        "held": 0,
    }


def test_more_than_held_is_not_captured(fake_stripe: FakeStripe, client: Any, hold: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.payment_intents.capture(hold.id, {"amount_to_capture": 501})

    assert refusal.value.code == "amount_too_large"
    assert fake_stripe.movements() == [("authorised", 500)]


def test_cancelled_hold_is_released(fake_stripe: FakeStripe, client: Any, hold: Any) -> None:
    done = client.payment_intents.cancel(hold.id, {"cancellation_reason": "requested_by_customer"})

    charge = client.charges.retrieve(hold.latest_charge)
    assert (done.status, done.cancellation_reason, done.amount_capturable) == (
        "canceled",
        "requested_by_customer",
        0,
    )
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, True, 500)
    assert fake_stripe.movements() == [("authorised", 500), ("released", 500)]


def test_cancelled_unconfirmed_intent_moves_nothing(
    fake_stripe: FakeStripe, client: Any, make_intent: MakeIntent
) -> None:
    assert client.payment_intents.cancel(make_intent().id).status == "canceled"

    assert fake_stripe.movements() == []


@pytest.mark.parametrize(
    ("end", "step", "message"),
    [
        (
            "capture",
            "capture",
            "This PaymentIntent could not be captured because it has a status of succeeded.",
        ),
        (
            "cancel",
            "capture",
            "This PaymentIntent could not be captured because it has a status of canceled.",
        ),
        ("capture", "cancel", "You cannot cancel this PaymentIntent because it has a status of succeeded."),
        ("cancel", "cancel", "You cannot cancel this PaymentIntent because it has a status of canceled."),
        ("capture", "confirm", "You cannot confirm this PaymentIntent because it has already succeeded"),
        ("cancel", "confirm", "You cannot confirm this PaymentIntent because it has a status of canceled."),
        (
            None,
            "confirm",
            "You cannot confirm this PaymentIntent because it has a status of requires_capture.",
        ),
    ],
)
def test_steps_out_of_turn_are_refused(
    fake_stripe: FakeStripe, client: Any, hold: Any, end: str | None, step: str, message: str
) -> None:
    if end:
        getattr(client.payment_intents, end)(hold.id)
    before, movements = client.payment_intents.retrieve(hold.id), fake_stripe.movements()

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        getattr(client.payment_intents, step)(hold.id)

    assert refusal.value.user_message.startswith(message)
    assert (refusal.value.http_status, refusal.value.code) == (400, "payment_intent_unexpected_state")
    assert refusal.value.error.payment_intent.status == before.status
    assert client.payment_intents.retrieve(hold.id).to_dict() == before.to_dict()
    assert fake_stripe.movements() == movements


def test_unconfirmed_intent_can_be_changed(client: Any, make_intent: MakeIntent) -> None:
    intent = make_intent(metadata={"a": "1", "b": "2"})

    client.payment_intents.update(intent.id, {"amount": 700, "metadata": {"a": ""}, "description": "new"})

    found = client.payment_intents.retrieve(intent.id)
    assert (found.amount, found.description, found.metadata.to_dict()) == (700, "new", {"b": "2"})


def test_held_intent_keeps_its_amount(client: Any, hold: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="amount could not be updated"):
        client.payment_intents.update(hold.id, {"amount": 700})

    assert client.payment_intents.update(hold.id, {"metadata": {"a": "1"}}).metadata["a"] == "1"


def test_confirm_may_bring_the_card(client: Any, customer: Any, card: Any) -> None:
    intent = client.payment_intents.create(
        {"amount": 500, "currency": "USD", "customer": customer.id, "payment_method_types": ["card"]}
    )
    assert (intent.status, intent.currency) == ("requires_payment_method", "usd")
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        client.payment_intents.confirm(intent.id)

    assert client.payment_intents.confirm(intent.id, {"payment_method": card.id}).status == "succeeded"


def test_card_of_another_customer_is_refused(client: Any, card: Any) -> None:
    other = client.customers.create({})
    params = {"amount": 500, "currency": "usd", "payment_method": card.id}

    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        client.payment_intents.create({**params, "customer": other.id})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
        client.payment_intents.create(params)
    assert client.payment_intents.list().data == []


def test_card_of_nobody_works_once(client: Any) -> None:
    params = {"amount": 500, "currency": "usd", "payment_method_types": ["card"], "confirm": True}
    first = client.payment_intents.create({**params, "payment_method": "pm_card_visa"})

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.payment_intents.create({**params, "payment_method": first.payment_method})


def test_card_can_be_kept_for_later(client: Any, customer: Any) -> None:
    client.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": "pm_card_visa",
            "payment_method_types": ["card"],
            "setup_future_usage": "off_session",
            "confirm": True,
        }
    )

    assert len(client.payment_methods.list({"customer": customer.id}).data) == 1


def test_automatic_methods_need_a_way_back(client: Any) -> None:
    params = {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="you must provide a `return_url`"):
        client.payment_intents.create(params)

    never = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}

    assert client.payment_intents.create({**params, **never}).status == "succeeded"


def test_intents_are_listed_by_customer_time_and_page(
    fake_stripe: FakeStripe, client: Any, customer: Any, make_intent: MakeIntent
) -> None:
    early = [make_intent().id for _ in range(3)]
    now = fake_stripe.move_clock(advance_seconds=3600)["now"]
    late = [make_intent().id for _ in range(2)]
    client.payment_intents.create({"amount": 500, "currency": "usd"})
    newest_first = [*reversed(late), *reversed(early)]
    asked = {"customer": customer.id}

    first = client.payment_intents.list({**asked, "limit": 2})

    assert ([intent.id for intent in first.data], first.has_more) == (newest_first[:2], True)
    assert [
        one.id for one in client.payment_intents.list({**asked, "created": {"gte": now - 60}}).data
    ] == late[::-1]
    assert [
        one.id for one in client.payment_intents.list({**asked, "created": {"lt": now - 60}}).data
    ] == early[::-1]
    walked = client.payment_intents.list({**asked, "limit": 2}).auto_paging_iter()
    assert [intent.id for intent in walked] == newest_first
    before = client.payment_intents.list({**asked, "limit": 2, "ending_before": newest_first[3]})
    assert ([intent.id for intent in before.data], before.has_more) == (newest_first[1:3], True)


def test_lists_expand_their_objects(client: Any, customer: Any, hold: Any) -> None:
    asked = {"customer": customer.id, "expand": ["data.latest_charge", "data.customer"]}

    (found,) = client.payment_intents.list(asked).data

    assert (found.latest_charge.id, found.customer.id) == (hold.latest_charge, customer.id)


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"currency": "usd"}, "amount", "parameter_missing"),
        ({"amount": 500}, "currency", "parameter_missing"),
        ({"amount": "5.00", "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"amount": 0, "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"amount": 49, "currency": "usd"}, "amount", "amount_too_small"),
        ({"amount": 100_000_000, "currency": "usd"}, "amount", "amount_too_large"),
        ({"amount": 500, "currency": "xxx"}, "currency", None),
        ({"amount": 500, "currency": "usd", "colour": "red"}, "colour", "parameter_unknown"),
        ({"amount": 500, "currency": "usd", "capture_method": "later"}, "capture_method", None),
        ({"amount": 500, "currency": "usd", "off_session": True}, "off_session", None),
        ({"amount": 500, "currency": "usd", "confirm": "maybe"}, "confirm", None),
        ({"amount": 500, "currency": "usd", "description": "x" * 1001}, "description", None),
        ({"amount": 500, "currency": "usd", "customer": ""}, "customer", "parameter_invalid_empty"),
        ({"amount": 500, "currency": "usd", "customer": "cus_no"}, "customer", "resource_missing"),
        ({"amount": 500, "currency": "usd", "payment_method": "pm_no"}, "payment_method", "resource_missing"),
        ({"amount": 500, "currency": "usd", "metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"amount": 500, "currency": "usd", "metadata": {"k": "v" * 501}}, "metadata", None),
        ({"amount": 500, "currency": "usd", "metadata": "text"}, "metadata", None),
        ({"amount": 500, "currency": "usd", "expand": ["status"]}, "expand", None),
    ],
)
def test_wrong_parameters_are_named(
    client: Any, params: dict[str, Any], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.payment_intents.create(params)

    assert (refusal.value.http_status, refusal.value.param, refusal.value.code) == (400, param, code)
    assert client.payment_intents.list().data == []


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"starting_after": "pi_no"}, {"page": 1}])
def test_wrong_pages_are_refused(client: Any, params: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.list(params)
