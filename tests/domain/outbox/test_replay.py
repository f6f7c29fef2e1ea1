"""Replay: what is over is sent again, with the same id and payload."""

from uuid import UUID

import pytest
from django.db.models import F

from tasktracker.core.errors import NotFound
from tasktracker.core.ids import new_id
from tasktracker.outbox.models import Attempt, Delivery
from tasktracker.outbox.operations import handlers
from tasktracker.outbox.operations.drain import DrainCounts, drain
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries
from tasktracker.outbox.operations.replay import PayloadBlanked, StillOnItsWay, replay_delivery
from tests.domain.outbox.fakes import GONE, FakeHandler, always, make_delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> FakeHandler:
    fake = FakeHandler()
    monkeypatch.setattr(handlers, "_handlers", {"webhook": fake})
    return fake


def test_a_failed_one_gets_a_full_schedule_again(handler: FakeHandler) -> None:
    handler.answer = always(GONE)
    delivery = make_delivery()
    drain()

    replay_delivery(delivery_id=delivery.pk, endpoint="a")

    again = Delivery.objects.get()
    assert (again.state, again.tries, again.finished_at) == ("pending", 0, None)
    assert drain() == DrainCounts(failed=1)
    assert handler.sent == [(delivery.event_id, "a")] * 2
    assert list(Attempt.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_a_delivered_one_can_be_sent_again(handler: FakeHandler) -> None:
    delivery = make_delivery()
    drain()

    replay_delivery(delivery_id=delivery.pk, endpoint="a")

    assert drain() == DrainCounts(delivered=1)
    assert handler.sent == [(delivery.event_id, "a")] * 2


def test_one_that_was_cancelled_can_be_sent_once_its_endpoint_is_on(handler: FakeHandler) -> None:
    handler.gone = {"a"}
    delivery = make_delivery()
    drain()
    handler.gone = set()

    replay_delivery(delivery_id=delivery.pk, endpoint="a")

    assert drain() == DrainCounts(delivered=1)


def test_one_that_is_on_its_way_is_not_sent_again(handler: FakeHandler) -> None:
    delivery = make_delivery(tries=3, due_at=F("due_at"))

    with pytest.raises(StillOnItsWay):
        replay_delivery(delivery_id=delivery.pk, endpoint="a")

    assert Delivery.objects.values_list("state", "tries", "due_at").get() == ("pending", 3, delivery.due_at)


def test_one_to_another_endpoint_is_not_found(handler: FakeHandler) -> None:
    delivery = make_delivery()
    drain()

    with pytest.raises(NotFound):
        replay_delivery(delivery_id=delivery.pk, endpoint="b")
    with pytest.raises(NotFound):
        replay_delivery(delivery_id=new_id(), endpoint="a")

    assert Delivery.objects.get().state == "delivered"


def test_one_whose_secret_was_removed_cannot_be_sent_again(handler: FakeHandler) -> None:
    enqueue_deliveries([NewDelivery("webhook", "code", UUID(int=1), "a", 1, "123456", seal=True)])
    drain()
    delivery = Delivery.objects.get()

    with pytest.raises(PayloadBlanked):
        replay_delivery(delivery_id=delivery.pk, endpoint="a")

    assert Delivery.objects.get().state == "delivered"
