"""Settling: by fence, whole or not at all, and one handler's bug is its own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tasktracker.outbox.models import Attempt, Delivery
from tasktracker.outbox.operations import handlers
from tasktracker.outbox.operations.claim import Claimer
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries
from tasktracker.outbox.operations.settle import Settlement, release, settle
from tasktracker.outbox.rules.outcomes import Outcome
from tests.domain.outbox.fakes import DELIVERED, FAILED, FakeHandler, lose_leases, make_delivery

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STARTED = AT - timedelta(seconds=2)


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> FakeHandler:
    fake = FakeHandler()
    monkeypatch.setattr(handlers, "_handlers", {"webhook": fake})
    return fake


@pytest.fixture(autouse=True)
def _handler(handler: FakeHandler) -> None:
    """Every test settles webhooks."""


def settlement(delivery: Delivery, outcome: Outcome = DELIVERED, **changes: Any) -> Settlement:
    state = "delivered" if outcome.result == "delivered" else "pending"
    values = {"state": state, "due_at": delivery.due_at, "outcome": outcome, "started_at": STARTED}
    return Settlement(delivery, **{**values, **changes})


def claimed(*endpoints: str) -> list[Delivery]:
    for endpoint in endpoints:
        make_delivery(endpoint)
    return sorted(Claimer().claim(16), key=lambda delivery: delivery.endpoint)


def attempts() -> list[tuple[Any, ...]]:
    rows = Attempt.objects.order_by("delivery__endpoint", "number")
    return list(rows.values_list("delivery__endpoint", "number", "status_code", "error", "reply_excerpt"))


def test_a_delivered_one_is_finished_and_its_try_is_logged(handler: FakeHandler) -> None:
    (delivery,) = claimed("a")
    outcome = Outcome("delivered", 204, duration_ms=35, reply_excerpt="fine")

    assert settle([settlement(delivery, outcome)], at=AT) == {delivery.pk}

    stored = Delivery.objects.get()
    assert (stored.state, stored.finished_at, stored.delivered_at) == ("delivered", AT, AT)
    assert (stored.lease_until, stored.last_status, stored.last_error) == (None, 204, "")
    attempt = Attempt.objects.get()
    assert (attempt.delivery_id, attempt.number, attempt.started_at) == (delivery.pk, 1, STARTED)
    assert (attempt.duration_ms, attempt.status_code, attempt.error, attempt.reply_excerpt) == (
        35,
        204,
        "",
        "fine",
    )
    assert handler.settlements == [(delivery.pk, "delivered", AT)]


def test_one_to_try_again_is_free_and_due_later() -> None:
    (delivery,) = claimed("a")
    later = AT + timedelta(minutes=5)

    settle([settlement(delivery, FAILED, due_at=later)], at=AT)

    stored = Delivery.objects.get()
    assert (stored.state, stored.due_at, stored.lease_until, stored.finished_at) == (
        "pending",
        later,
        None,
        None,
    )
    assert (stored.last_status, stored.last_error, stored.tries) == (500, "status 500", 1)
    assert attempts() == [("a", 1, 500, "status 500", "")]


def test_a_batch_is_settled_together() -> None:
    first, second, third = claimed("a", "b", "c")
    failed = Settlement(third, "failed", third.due_at, error="abandoned")

    settled = settle([settlement(second, FAILED), failed, settlement(first)], at=AT)

    assert settled == {first.pk, second.pk, third.pk}
    states = Delivery.objects.order_by("endpoint").values_list("state", "last_error")
    assert list(states) == [("delivered", ""), ("pending", "status 500"), ("failed", "abandoned")]
    assert attempts() == [("a", 1, 200, "", ""), ("b", 1, 500, "status 500", "")]


def test_a_stale_fence_changes_nothing_but_the_log(handler: FakeHandler) -> None:
    (late,) = claimed("a")
    lose_leases()
    (current,) = Claimer().claim(16)

    assert settle([settlement(late)], at=AT) == set()

    stored = Delivery.objects.get()
    assert (stored.state, stored.fence, stored.lease_until) == ("pending", 2, current.lease_until)
    assert handler.settlements == []
    assert settle([settlement(current, FAILED)], at=AT) == {current.pk}
    assert attempts() == [("a", 1, 200, "", ""), ("a", 2, 500, "status 500", "")]


def test_a_late_answer_still_counts_while_nobody_else_has_the_row() -> None:
    (late,) = claimed("a")
    lose_leases()

    assert settle([settlement(late)], at=AT) == {late.pk}


def test_settling_twice_is_settling_once(handler: FakeHandler) -> None:
    (delivery,) = claimed("a")

    settle([settlement(delivery)], at=AT)
    assert settle([settlement(delivery, FAILED)], at=AT + timedelta(hours=1)) == set()

    assert Delivery.objects.values_list("state", "finished_at").get() == ("delivered", AT)
    assert attempts() == [("a", 1, 200, "", "")]
    assert len(handler.settlements) == 1


def test_an_answer_to_a_delivery_that_is_gone_is_dropped() -> None:
    (delivery,) = claimed("a")
    Delivery.objects.all().delete()

    assert settle([settlement(delivery)], at=AT) == set()
    assert attempts() == []


def test_a_strangers_text_is_kept_as_far_as_a_database_can() -> None:
    (delivery,) = claimed("a")
    outcome = Outcome("retry", 500, error="status\x00 500", reply_excerpt="a\x00b\ud800c" + "d" * 2000)

    settle([settlement(delivery, outcome)], at=AT)

    assert attempts() == [("a", 1, 500, "status 500", "ab?c" + "d" * 996)]


@pytest.mark.parametrize(
    ("state", "is_blanked"), [("delivered", True), ("cancelled", True), ("failed", False), ("pending", False)]
)
def test_a_sealed_payload_is_blanked_once_it_is_not_needed(state: str, is_blanked: bool) -> None:
    row = NewDelivery("webhook", "code", UUID(int=1), "a", 1, "123456", seal=True)
    enqueue_deliveries([row])
    (delivery,) = Claimer().claim(1)

    settle([settlement(delivery, state=state)], at=AT)

    assert Delivery.objects.get().payload == ("" if is_blanked else delivery.payload)


def test_a_handlers_bug_costs_only_its_own_delivery(
    handler: FakeHandler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad, fine = claimed("a", "b", "c")

    def settled(delivery: Delivery, *_rest: object) -> None:
        if delivery.endpoint == "b":
            raise ZeroDivisionError

    monkeypatch.setattr(handler, "settled", settled)

    assert settle([settlement(each) for each in (good, bad, fine)], at=AT) == {good.pk, fine.pk}

    stored = Delivery.objects.get(endpoint="b")
    assert (stored.state, stored.lease_until) == ("pending", bad.lease_until)
    assert attempts() == [("a", 1, 200, "", ""), ("c", 1, 200, "", "")]
    assert "settle.handler_failed" in caplog.text


@pytest.mark.parametrize(("was_sent", "tries"), [(False, 0), (True, 1)])
def test_a_lease_given_back_keeps_tries_honest(was_sent: bool, tries: int) -> None:
    (delivery,) = claimed("a")

    release([delivery], was_sent=was_sent)
    release([delivery], was_sent=was_sent)

    stored = Delivery.objects.get()
    assert (stored.lease_until, stored.tries, stored.fence) == (None, tries, 1)
    assert len(Claimer().claim(16)) == 1


def test_a_lease_that_another_worker_has_is_not_given_back() -> None:
    (late,) = claimed("a")
    lose_leases()
    (current,) = Claimer().claim(16)

    release([late], was_sent=False)

    assert Delivery.objects.values_list("lease_until", "tries").get() == (current.lease_until, 2)
