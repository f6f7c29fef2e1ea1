"""Idempotency keys: the first answer again, a no to another call, a conflict for a twin, an end in time."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.plugins.fake_stripe import FakeStripe

INTENT = {"amount": 500, "currency": "usd"}
KEY = {"idempotency_key": "chg:1:create:1"}
CREATE = {"path": "/v1/payment_intents", "method": "POST"}


def count(client: Any) -> int:
    return len(client.payment_intents.list({"limit": 100}).data)


def test_same_call_gets_the_first_answer(client: Any) -> None:
    first = client.payment_intents.create(INTENT, KEY)
    again = client.payment_intents.create(INTENT, KEY)

    assert again.to_dict() == first.to_dict()
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.request_id
    assert again.last_response.request_id != first.last_response.request_id
    assert again.last_response.headers["Idempotency-Key"] == KEY["idempotency_key"]
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert count(client) == 1


def test_first_answer_stays_although_the_object_moved_on(client: Any) -> None:
    first = client.payment_intents.create(INTENT, KEY)
    client.payment_intents.cancel(first.id)

    assert client.payment_intents.create(INTENT, KEY).status == "requires_payment_method"


def test_decline_is_replayed_too(
    fake_stripe: FakeStripe, client: Any, make_intent: Callable[..., Any]
) -> None:
    intent = make_intent()
    fake_stripe.fail(
        {"kind": "decline", "code": "lost_card", "path": "/v1/payment_intents/*/confirm", "nth": 1}
    )

    for _ in range(2):
        with pytest.raises(stripe.CardError) as refusal:
            client.payment_intents.confirm(intent.id, {}, KEY)
        assert refusal.value.error.decline_code == "lost_card"
    assert fake_stripe.movements() == []


def test_other_parameters_are_refused(client: Any) -> None:
    client.payment_intents.create(INTENT, KEY)

    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refusal:
        client.payment_intents.create({**INTENT, "amount": 600}, KEY)

    assert (refusal.value.http_status, refusal.value.error.type) == (400, "idempotency_error")
    assert count(client) == 1


def test_other_endpoint_is_refused(client: Any) -> None:
    client.payment_intents.create(INTENT, KEY)

    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.customers.create({}, KEY)

    assert client.customers.list().data == []


def test_invalid_call_leaves_its_key_free(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.create({**INTENT, "amount": "x"}, KEY)

    assert client.payment_intents.create(INTENT, KEY).amount == 500


def test_refusal_by_state_is_stored(client: Any, hold: Any) -> None:
    client.payment_intents.cancel(hold.id)

    with pytest.raises(stripe.InvalidRequestError) as first:
        client.payment_intents.capture(hold.id, {}, KEY)
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.payment_intents.capture(hold.id, {}, KEY)

    assert again.value.headers["Idempotent-Replayed"] == "true"
    assert again.value.json_body == first.value.json_body


@pytest.mark.parametrize(("kind", "made"), [("500_before", 0), ("500_after", 1)])
def test_stored_500_is_replayed_for_ever(fake_stripe: FakeStripe, client: Any, kind: str, made: int) -> None:
    fake_stripe.fail({"kind": kind, **CREATE, "nth": 1})

    for attempt in range(3):
        with pytest.raises(stripe.APIError) as refusal:
            client.payment_intents.create(INTENT, KEY)
        assert (refusal.value.http_status, refusal.value.error.type) == (500, "api_error")
        assert ("Idempotent-Replayed" in refusal.value.headers) == (attempt > 0)

    assert count(client) == made
    assert fake_stripe.fired() == {kind: 1}
    assert client.payment_intents.create(INTENT, {"idempotency_key": "chg:1:create:2"}).amount == 500


def test_500_can_be_left_unstored(fake_stripe: FakeStripe, client: Any) -> None:
    fake_stripe.fail({"kind": "500_before", **CREATE, "nth": 1, "stored": False})
    with pytest.raises(stripe.APIError):
        client.payment_intents.create(INTENT, KEY)

    assert client.payment_intents.create(INTENT, KEY).amount == 500
    assert count(client) == 1


def test_key_without_life_is_forgotten_at_once(fake_stripe: FakeStripe, client: Any) -> None:
    fake_stripe.fail(key_life_seconds=0)

    first, second = client.payment_intents.create(INTENT, KEY), client.payment_intents.create(INTENT, KEY)

    assert first.id != second.id


def test_key_is_forgotten_after_its_life(fake_stripe: FakeStripe, client: Any) -> None:
    first = client.payment_intents.create(INTENT, KEY)
    fake_stripe.move_clock(advance_seconds=24 * 3600 - 60)
    assert client.payment_intents.create(INTENT, KEY).id == first.id

    fake_stripe.move_clock(advance_seconds=61)

    assert client.payment_intents.create(INTENT, KEY).id != first.id


def test_twin_gets_a_conflict_while_the_first_is_worked_on(fake_stripe: FakeStripe, client: Any) -> None:
    fake_stripe.fail({"kind": "slow", **CREATE, "nth": 1, "seconds": 1.5})
    done: list[Any] = []
    first = threading.Thread(
        target=lambda: done.append(fake_stripe.client().payment_intents.create(INTENT, KEY))
    )
    first.start()
    while fake_stripe.fired() != {"slow": 1}:
        pass

    with pytest.raises(stripe.APIError) as refusal:
        client.payment_intents.create(INTENT, KEY)

    assert (refusal.value.http_status, refusal.value.error.code) == (409, "idempotency_key_in_use")
    assert refusal.value.headers["Stripe-Should-Retry"] == "true"
    first.join()
    assert client.payment_intents.create(INTENT, KEY).id == done[0].id
    assert count(client) == 1


def test_a_hundred_twins_make_one_intent(fake_stripe: FakeStripe, client: Any) -> None:
    made: list[str] = []

    def create() -> None:
        try:
            made.append(fake_stripe.client().payment_intents.create(INTENT, KEY).id)
        except stripe.APIError as conflict:
            assert conflict.http_status == 409  # noqa: PT017

    twins = [threading.Thread(target=create) for _ in range(100)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()

    assert len(set(made)) == 1
    assert count(client) == 1


def test_key_has_a_longest_length(client: Any) -> None:
    assert client.payment_intents.create(INTENT, {"idempotency_key": "k" * 255}).amount == 500
    with pytest.raises(stripe.InvalidRequestError, match="255 characters"):
        client.payment_intents.create(INTENT, {"idempotency_key": "k" * 256})


def test_keys_survive_a_kill(own_fake_stripe: FakeStripe) -> None:
    client = own_fake_stripe.client()
    first = client.payment_intents.create(INTENT, KEY)

    own_fake_stripe.kill()
    own_fake_stripe.start_again()

    assert client.payment_intents.create(INTENT, KEY).id == first.id
