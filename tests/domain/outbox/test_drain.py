"""Draining: what is due is sent and settled, and nobody waits for somebody else's receiver."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from tasktracker.core import clock
from tasktracker.outbox.models import Attempt, Delivery, Heartbeat
from tasktracker.outbox.operations import drain as pump
from tasktracker.outbox.operations import handlers
from tasktracker.outbox.operations.drain import DrainCounts, drain, request_stop
from tasktracker.outbox.operations.sending import Order
from tasktracker.outbox.rules.outcomes import Outcome
from tests.domain.outbox.fakes import (
    DELIVERED,
    FAILED,
    GONE,
    FakeHandler,
    Gate,
    always,
    lose_leases,
    make_deliveries,
    make_delivery,
)

pytestmark = pytest.mark.django_db
DELAYS = (0.0, 5.0, 300.0)


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> FakeHandler:
    settings.TASKTRACKER_DELIVERY_DELAYS_SECONDS = DELAYS
    fake = FakeHandler()
    monkeypatch.setattr(handlers, "_handlers", {"webhook": fake})
    return fake


@pytest.fixture
def _stopped() -> Iterator[None]:
    request_stop()
    yield
    pump._stopping.clear()


def state_of(endpoint: str = "a") -> tuple[str, int]:
    delivery = Delivery.objects.get(endpoint=endpoint)
    return delivery.state, delivery.tries


def test_what_is_due_is_delivered(handler: FakeHandler) -> None:
    first, second = make_delivery("a"), make_delivery("b")

    assert drain() == DrainCounts(delivered=2)

    assert {event_id for event_id, _ in handler.sent} == {first.event_id, second.event_id}
    assert (state_of("a"), state_of("b")) == (("delivered", 1), ("delivered", 1))
    assert handler.loads == 1
    assert Attempt.objects.count() == 2


def test_with_nothing_due_nothing_happens(handler: FakeHandler) -> None:
    make_delivery(due_at=clock.now() + timedelta(hours=1))

    assert drain() == DrainCounts()
    assert handler.sent == []


def test_a_failure_is_tried_again_later(handler: FakeHandler) -> None:
    handler.answer = always(FAILED)
    make_delivery()

    assert drain() == DrainCounts(retried=1)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.lease_until) == ("pending", 1, None)
    waits = delivery.due_at - clock.now()
    assert timedelta(seconds=2) < waits <= timedelta(seconds=6)  # 5 s, with jitter


def test_every_try_carries_the_same_id_until_the_last(handler: FakeHandler) -> None:
    handler.answer = always(FAILED)
    delivery = make_delivery()

    for _ in DELAYS:
        Delivery.objects.update(due_at=clock.now() - timedelta(seconds=1))
        drain()

    assert handler.sent == [(delivery.event_id, "a")] * 3
    assert state_of() == ("failed", 3)
    assert list(Attempt.objects.order_by("number").values_list("number", "status_code")) == [
        (1, 500),
        (2, 500),
        (3, 500),
    ]
    assert drain() == DrainCounts()


def test_a_told_moment_lets_tries_follow_each_other(handler: FakeHandler) -> None:
    """As they would have: 5 s and 5 min after the one before, each with its jitter."""
    handler.answer = always(FAILED)
    make_delivery()
    at = clock.now() + timedelta(minutes=10)

    assert drain(as_of=at) == DrainCounts(retried=2, failed=1)

    assert state_of() == ("failed", 3)
    assert {when for _, _, when in handler.settlements} == {at}


def test_a_told_moment_ends_between_two_tries(handler: FakeHandler) -> None:
    handler.answer = always(FAILED)
    make_delivery()

    assert drain(as_of=clock.now() + timedelta(minutes=1)) == DrainCounts(retried=2)

    assert state_of() == ("pending", 2)


def test_a_receiver_that_is_gone_is_not_tried_again(handler: FakeHandler) -> None:
    handler.answer = always(GONE)
    delivery = make_delivery()

    assert drain() == DrainCounts(failed=1)

    assert state_of() == ("failed", 1)
    assert [(pk, result) for pk, result, _ in handler.settlements] == [(delivery.pk, "gone")]


def test_deliveries_of_an_endpoint_that_is_off_are_cancelled(handler: FakeHandler) -> None:
    handler.gone = {"off"}
    make_delivery("off")
    make_delivery("on")

    assert drain() == DrainCounts(delivered=1, cancelled=1)

    assert handler.sent == [(Delivery.objects.get(endpoint="on").event_id, "on")]
    cancelled = Delivery.objects.get(endpoint="off")
    assert (cancelled.state, cancelled.last_error) == ("cancelled", "endpoint is gone or switched off")
    assert handler.settlements[0][1:2] == ("delivered",)


def test_a_delivery_that_ends_its_workers_is_given_up_unsent(handler: FakeHandler) -> None:
    make_delivery(tries=len(DELAYS) + 3)

    assert drain() == DrainCounts(failed=1)

    assert handler.sent == []
    assert Delivery.objects.get().last_error == "abandoned: no worker survived it"


def test_a_bug_in_sending_is_a_failed_try(handler: FakeHandler, caplog: pytest.LogCaptureFixture) -> None:
    def answer(delivery: Delivery) -> Outcome:
        return DELIVERED if delivery.endpoint == "b" else Outcome(result=1 / 0)

    handler.answer = answer
    make_delivery("a")
    make_delivery("b")

    assert drain() == DrainCounts(delivered=1, retried=1)

    assert state_of("a") == ("pending", 1)
    assert Attempt.objects.get(delivery__endpoint="a").error == "internal error"
    assert "send.handler_failed" in caplog.text


def test_a_bug_in_loading_is_a_failed_try(
    handler: FakeHandler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load(_deliveries: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(handler, "load", load)
    make_delivery()

    assert drain() == DrainCounts(retried=1)

    assert Delivery.objects.values_list("state", "last_error").get() == ("pending", "internal error")
    assert "load.handler_failed" in caplog.text


def test_a_receiver_that_hangs_holds_up_nobody_else(handler: FakeHandler) -> None:
    """P12: endpoints of one account hang until all of another's have been delivered."""
    others_done = threading.Event()
    left = iter(range(39, -1, -1))
    lock = threading.Lock()

    def answer(delivery: Delivery) -> Outcome:
        if delivery.account_id == 1:
            assert others_done.wait(30)
        else:
            with lock:
                if next(left) == 0:
                    others_done.set()
        return DELIVERED

    handler.answer = answer
    for number in range(50):
        make_delivery(f"hangs {number}")
    make_deliveries(20, "b1", account_id=2)
    make_deliveries(20, "b2", account_id=2)

    assert drain() == DrainCounts(delivered=90)

    finished = [endpoint for _, endpoint in handler.sent]
    assert (
        len([endpoint for endpoint in finished[:48] if endpoint.startswith("hangs")]) == 8
    )  # of its account


def test_no_more_threads_send_than_are_allowed(handler: FakeHandler, settings: Settings) -> None:
    settings.TASKTRACKER_DELIVERY_THREADS = 3
    under_way, most, lock = 0, 0, threading.Lock()
    first_three = threading.Barrier(3)

    def answer(delivery: Delivery) -> Outcome:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        if delivery.account_id <= 3:
            first_three.wait(30)
        with lock:
            under_way -= 1
        return DELIVERED

    handler.answer = answer
    for account_id in range(1, 13):
        make_delivery(f"e{account_id}", account_id=account_id)

    assert drain() == DrainCounts(delivered=12)
    assert most == 3


def test_work_done_by_another_worker_meanwhile_is_left_as_it_is(handler: FakeHandler) -> None:
    """A paused worker: its lease ran out and somebody else settled, before its own answer came."""

    def answer(_delivery: Delivery) -> Outcome:
        return DELIVERED

    handler.answer = answer
    make_delivery()
    claimed = pump.Claimer().claim(1)
    lose_leases()
    assert drain() == DrainCounts(delivered=1)

    late = pump.settle(
        [pump.Settlement(claimed[0], "pending", claimed[0].due_at, None, FAILED, clock.now())], at=clock.now()
    )

    assert late == set()
    assert state_of() == ("delivered", 2)


def test_a_worker_that_was_stopped_for_too_long_does_not_send(
    handler: FakeHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives the lease back unused, and may then claim afresh."""
    long_ago = iter([0.0])
    monkeypatch.setattr(pump, "Order", lambda *order: Order(*order[:3], start_by=next(long_ago, order[3])))
    make_delivery()

    assert drain() == DrainCounts(delivered=1)

    assert len(handler.sent) == 1
    assert Delivery.objects.values_list("tries", "fence").get() == (1, 2)


@pytest.mark.usefixtures("_stopped")
def test_a_process_that_was_asked_to_stop_claims_nothing(handler: FakeHandler) -> None:
    make_delivery()

    assert drain() == DrainCounts()
    assert state_of() == ("pending", 0)


@pytest.mark.django_db(transaction=True)
def test_calls_under_way_at_the_stop_have_their_leases_released(
    handler: FakeHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump, "STOP_SECONDS", 0)
    gate = Gate(1)
    handler.answer = gate
    make_delivery()

    def stop_when_waiting() -> None:
        assert gate.all_waiting.wait(30)
        request_stop()

    stopper = threading.Thread(target=stop_when_waiting)
    stopper.start()
    try:
        assert drain() == DrainCounts()
    finally:
        stopper.join()
        gate.let_go.set()
        pump._stopping.clear()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.lease_until) == ("pending", 1, None)


def test_a_drain_says_that_the_worker_lives(handler: FakeHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "_pulse", pump.Pulse())

    drain()

    assert clock.now() - Heartbeat.objects.get(pk="worker").seen_at < timedelta(seconds=5)


def test_an_idle_drain_takes_one_statement(
    handler: FakeHandler, django_assert_num_queries: Callable[[int], Any]
) -> None:
    make_delivery(due_at=datetime(2100, 1, 1, tzinfo=UTC))
    drain()

    with django_assert_num_queries(1):
        drain(until_idle=False)


def test_many_are_claimed_and_loaded_at_once(handler: FakeHandler) -> None:
    for number in range(8):
        make_delivery(f"e{number}", account_id=number)
    claims: list[str] = []

    def count_claims(execute: Any, sql: str, *rest: Any) -> Any:
        if "fence = fence + 1" in sql:
            claims.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count_claims):
        assert drain(until_idle=False) == DrainCounts(delivered=8)

    assert (len(claims), handler.loads) == (1, 1)
