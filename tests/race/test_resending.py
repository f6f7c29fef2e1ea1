"""Staff that presses a button many times at once: a delivery is sent again once for each command."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import User
from tasktracker.core import clock
from tasktracker.core.clock import DatabaseNow
from tasktracker.outbox.models import Delivery, Resending
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries
from tasktracker.outbox.operations.replay import resend_delivery

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8


def test_one_command_by_many_hands_sends_once(owner: User) -> None:
    said = {"kind": "webhook", "event": "task.triggered", "endpoint": "w1", "payload": "{}"}
    enqueue_deliveries([NewDelivery(event_id=UUID(int=5), account_id=owner.pk, **said)])
    Delivery.objects.update(state="failed", finished_at=DatabaseNow())
    delivery_id, at, together = Delivery.objects.get().pk, clock.now(), Barrier(HANDS)

    def press(_: int) -> bool:
        together.wait(10)
        try:
            return resend_delivery(delivery_id=delivery_id, staff_id=owner.pk, command_id=UUID(int=7), at=at)
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        acted = list(pool.map(press, range(HANDS)))

    assert sorted(acted) == [False] * (HANDS - 1) + [True]
    assert Resending.objects.count() == 1
    assert Delivery.objects.get().state == "pending"
