"""Queueing: the rows, their transaction, and what is sealed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tasktracker.core import clock, request_id
from tasktracker.core.ids import new_id
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import NewDelivery, clear_payload, enqueue_deliveries

pytestmark = pytest.mark.django_db


def new(endpoint: str = "a", **changes: Any) -> NewDelivery:
    values = {
        "kind": "webhook",
        "event": "task.triggered",
        "event_id": new_id(),
        "account_id": 7,
        "payload": "{}",
    }
    return NewDelivery(endpoint=endpoint, **{**values, **changes})


def test_a_delivery_is_due_at_once_by_the_databases_clock() -> None:
    row = new()

    enqueue_deliveries([row])

    stored = Delivery.objects.get()
    assert (stored.kind, stored.event, stored.event_id) == ("webhook", "task.triggered", row.event_id)
    assert (stored.endpoint, stored.account_id, stored.payload, stored.is_sealed) == ("a", 7, "{}", False)
    assert (stored.state, stored.tries, stored.fence, stored.lease_until) == ("pending", 0, 0, None)
    assert stored.finished_at is None
    assert abs(stored.due_at - clock.now()) < timedelta(seconds=5)
    assert stored.due_at - stored.created_at < timedelta(seconds=1)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_takes_one_statement(count: int, django_assert_num_queries: Callable[[int], Any]) -> None:
    rows = [new(f"e{number}") for number in range(count)]

    with transaction.atomic(), django_assert_num_queries(1):
        enqueue_deliveries(rows)

    assert Delivery.objects.count() == count


def test_nothing_to_deliver_takes_no_statement(django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(0):
        enqueue_deliveries([])


@pytest.mark.django_db(transaction=True)
def test_what_was_not_committed_is_not_delivered() -> None:
    with transaction.atomic():
        enqueue_deliveries([new()])
        transaction.set_rollback(True)

    assert not Delivery.objects.exists()


def test_the_same_event_reaches_an_endpoint_once() -> None:
    row = new()
    enqueue_deliveries([row])

    with pytest.raises(IntegrityError), transaction.atomic():
        enqueue_deliveries([row])
    enqueue_deliveries([row, new("b", event_id=row.event_id)], once=True)

    assert sorted(Delivery.objects.values_list("endpoint", flat=True)) == ["a", "b"]


def test_a_payload_with_a_secret_is_sealed_at_rest() -> None:
    enqueue_deliveries([new(payload="code 123456", seal=True)])

    stored = Delivery.objects.get()
    assert stored.is_sealed
    assert "123456" not in stored.payload
    assert clear_payload(stored) == "code 123456"


def test_a_delivery_carries_the_request_that_caused_it() -> None:
    request_id.enter("r" * 300)

    enqueue_deliveries([new()])

    request_id.enter("")
    assert Delivery.objects.get().request_id == "r" * 128
