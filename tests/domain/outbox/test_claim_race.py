"""Claims of several workers at once: they never overlap, and the caps hold across all of them."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tasktracker.core.ids import new_id
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations import claim, handlers
from tasktracker.outbox.operations.claim import Claimer
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries
from tests.domain.outbox.fakes import FakeHandler

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


@pytest.fixture(autouse=True, params=["few rows due", "many rows due"])
def _amount(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_handlers", {"webhook": FakeHandler()})
    if request.param == "many rows due":
        monkeypatch.setattr(claim, "_FEW_ROWS", 1)


def claim_at_once(rounds: int, wanted: int) -> list[Delivery]:
    """Let every worker claim in its own thread, all of them beginning together."""
    ready = threading.Barrier(WORKERS)

    def work(_number: int) -> list[Delivery]:
        try:
            ready.wait(30)
            claimer = Claimer()
            return [delivery for _ in range(rounds) for delivery in claimer.claim(wanted)]
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return [delivery for claimed in pool.map(work, range(WORKERS)) for delivery in claimed]


def queue(accounts: int, endpoints: int, each: int) -> None:
    enqueue_deliveries(
        [
            NewDelivery("webhook", "task.triggered", new_id(), f"{account_id}-{endpoint}", account_id, "{}")
            for account_id in range(accounts)
            for endpoint in range(endpoints)
            for _ in range(each)
        ]
    )


def test_no_delivery_is_claimed_by_two_workers() -> None:
    queue(accounts=40, endpoints=1, each=1)

    claimed = claim_at_once(rounds=10, wanted=3)

    assert len(claimed) == len({delivery.pk for delivery in claimed}) == 40
    assert set(Delivery.objects.values_list("fence", "tries")) == {(1, 1)}


def test_the_caps_hold_across_workers() -> None:
    queue(accounts=3, endpoints=6, each=4)

    claimed = claim_at_once(rounds=8, wanted=5)

    assert Counter(delivery.account_id for delivery in claimed) == {0: 8, 1: 8, 2: 8}
    assert max(Counter(delivery.endpoint for delivery in claimed).values()) == 2
    assert Delivery.objects.filter(lease_until__isnull=False).count() == 24
