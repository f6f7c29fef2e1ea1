"""Faults: each kind does to the caller, and to the book, what it says, and is counted."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import stripe

from tests.plugins.fake_stripe import FakeStripe

MakeIntent = Callable[..., Any]
CONFIRM = {"path": "/v1/payment_intents/*/confirm", "method": "POST"}
TAKEN = [("authorised", 500), ("captured", 500)]


@pytest.mark.parametrize(
    ("kind", "error", "moved"),
    [
        ("drop_before", stripe.APIConnectionError, []),
        ("drop_after", stripe.APIConnectionError, TAKEN),
        ("500_before", stripe.APIError, []),
        ("500_after", stripe.APIError, TAKEN),
        ("429", stripe.RateLimitError, []),
        ("409", stripe.APIError, []),
        ("decline", stripe.CardError, []),
    ],
)
def test_fault_does_what_it_says_once(
    fake_stripe: FakeStripe,
    client: Any,
    make_intent: MakeIntent,
    kind: str,
    error: type[Exception],
    moved: list[tuple[str, int]],
) -> None:
    intent = make_intent()
    fake_stripe.fail({"kind": kind, **CONFIRM, "nth": 1})

    with pytest.raises(error):
        client.payment_intents.confirm(intent.id)

    assert fake_stripe.movements() == moved
    assert fake_stripe.book()["faults"] == fake_stripe.fired() == {kind: 1}
    (rule,) = fake_stripe.ask("GET", "/_faults")["rules"]
    assert (rule["seen"], rule["fired"]) == (1, 1)


@pytest.mark.parametrize(("kind", "moved"), [("hang", []), ("hang_after", TAKEN)])
def test_hanging_call_ends_without_an_answer(
    fake_stripe: FakeStripe, make_intent: MakeIntent, kind: str, moved: list[tuple[str, int]]
) -> None:
    intent = make_intent()
    fake_stripe.fail({"kind": kind, **CONFIRM, "seconds": 30})

    with pytest.raises(stripe.APIConnectionError):
        fake_stripe.client(timeout=0.5).payment_intents.confirm(intent.id)

    assert fake_stripe.movements() == moved
    assert fake_stripe.fired() == {kind: 1}


def test_slow_call_succeeds(fake_stripe: FakeStripe, client: Any, make_intent: MakeIntent) -> None:
    fake_stripe.fail({"kind": "slow", **CONFIRM, "seconds": 0.2})

    assert client.payment_intents.confirm(make_intent().id).status == "succeeded"
    assert fake_stripe.fired() == {"slow": 1}


def test_library_outlives_faults_by_its_own_retries(fake_stripe: FakeStripe, make_intent: MakeIntent) -> None:
    intent = make_intent()
    fake_stripe.fail({"kind": "drop_after", **CONFIRM, "nth": 1}, {"kind": "409", **CONFIRM, "nth": 1})

    done = fake_stripe.client(retries=3).payment_intents.confirm(intent.id)

    assert done.status == "succeeded"
    assert done.last_response.headers["Idempotent-Replayed"] == "true"
    assert fake_stripe.movements() == TAKEN
    assert fake_stripe.fired() == {"drop_after": 1, "409": 1}


def test_nth_calls_fail_and_the_others_do_not(fake_stripe: FakeStripe, client: Any) -> None:
    fake_stripe.fail({"kind": "429", "path": "/v1/balance", "nth": [2, 4]})
    failed = []

    for number in range(1, 6):
        try:
            client.balance.retrieve()
        except stripe.RateLimitError:
            failed.append(number)

    assert failed == [2, 4]


def failures(fake_stripe: FakeStripe, seed: int) -> list[int]:
    fake_stripe.fail({"kind": "429", "path": "/v1/balance", "probability": 0.25}, seed=seed)
    client, failed = fake_stripe.client(), []
    for number in range(80):
        try:
            client.balance.retrieve()
        except stripe.RateLimitError:
            failed.append(number)
    return failed


def test_same_seed_fails_the_same_calls(fake_stripe: FakeStripe) -> None:
    first = failures(fake_stripe, seed=7)

    assert 8 <= len(first) <= 32
    assert failures(fake_stripe, seed=7) == first
    assert failures(fake_stripe, seed=8) != first


@pytest.mark.parametrize(
    ("path", "method", "is_hit"),
    [
        ("/v1/**", "*", True),
        ("/v1/customers", "POST", True),
        ("/v1/customers", "GET", False),
        ("/v1/*", "POST", True),
        ("/v1/customers/*", "POST", False),
        ("/v1/custome", "POST", False),
    ],
)
def test_rules_pick_calls_by_path_and_method(
    fake_stripe: FakeStripe, client: Any, path: str, method: str, is_hit: bool
) -> None:
    fake_stripe.fail({"kind": "429", "path": path, "method": method})

    with suppress(stripe.RateLimitError):
        client.customers.create({})

    assert fake_stripe.fired() == {"429": int(is_hit)}


def test_first_rule_that_fires_wins(fake_stripe: FakeStripe, client: Any) -> None:
    fake_stripe.fail({"kind": "429", "probability": 0}, {"kind": "409"}, {"kind": "500_before"})

    with pytest.raises(stripe.APIError) as refusal:
        client.balance.retrieve()

    assert refusal.value.http_status == 409
    assert fake_stripe.fired() == {"429": 0, "409": 1, "500_before": 0}


def test_new_plan_ends_the_old_one(fake_stripe: FakeStripe, client: Any) -> None:
    fake_stripe.fail({"kind": "429"})

    assert fake_stripe.fail() == {
        "seed": 0,
        "rules": [],
        "fired": {},
        "key_life_seconds": 86400,
        "events": {"lose": 0, "double": 0, "reverse": False},
    }
    assert client.balance.retrieve().object == "balance"


def test_plan_and_counts_survive_a_kill(own_fake_stripe: FakeStripe) -> None:
    own_fake_stripe.fail({"kind": "429", "path": "/v1/balance", "nth": [1, 2]}, seed=7)
    with pytest.raises(stripe.RateLimitError):
        own_fake_stripe.client().balance.retrieve()
    before = own_fake_stripe.ask("GET", "/_faults")

    own_fake_stripe.kill()
    own_fake_stripe.start_again()

    assert own_fake_stripe.ask("GET", "/_faults") == before
    with pytest.raises(stripe.RateLimitError):
        own_fake_stripe.client().balance.retrieve()
    assert own_fake_stripe.fired() == {"429": 2}


@pytest.mark.parametrize(
    "plan",
    [
        [],
        {"rule": []},
        {"rules": {}},
        {"rules": [{"kind": "explode"}]},
        {"rules": [{"kind": "429", "colour": "red"}]},
        {"rules": [{"kind": "429", "probability": 2}]},
        {"rules": [{"kind": "429", "nth": 0}]},
        {"rules": [{"kind": "hang", "seconds": "long"}]},
        {"rules": [{"kind": "decline", "code": "moody_bank"}]},
        {"key_life_seconds": -1},
        {"events": {"lose": 2}},
        {"events": {"eat": 1}},
    ],
)
def test_plan_that_makes_no_sense_changes_nothing(fake_stripe: FakeStripe, plan: object) -> None:
    before = fake_stripe.fail({"kind": "429", "path": "/v1/balance"})

    with pytest.raises(AssertionError, match="error"):
        fake_stripe.ask("POST", "/_faults", plan)

    assert fake_stripe.ask("GET", "/_faults") == before
