"""A hand-written handler, and rows to feed it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tasktracker.core.clock import DatabaseNow
from tasktracker.core.ids import new_id
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries
from tasktracker.outbox.rules.outcomes import Outcome

DELIVERED = Outcome("delivered", 200)
FAILED = Outcome("retry", 500, error="status 500")
GONE = Outcome("gone", 410, error="status 410")
Answer = Callable[[Delivery], Outcome]


def always(outcome: Outcome) -> Answer:
    return lambda _delivery: outcome


class FakeHandler:
    """Answers as it is told, and keeps a book of what was sent and settled.

    gone: endpoints that load() knows nothing of.  most_at_once: by endpoint, and "" for all together.
    """

    concurrency_per_endpoint = 2

    def __init__(self) -> None:
        self.answer = always(DELIVERED)
        self.gone: set[str] = set()
        self.loads = 0
        self.sent: list[tuple[UUID, str]] = []
        self.settlements: list[tuple[UUID, str, datetime]] = []

    def load(self, deliveries: Sequence[Delivery]) -> Mapping[UUID, object | None]:
        self.loads += 1
        return {each.pk: None if each.endpoint in self.gone else f"to {each.endpoint}" for each in deliveries}

    def send(self, delivery: Delivery, context: object) -> Outcome:
        assert context == f"to {delivery.endpoint}"
        self.sent.append((delivery.event_id, delivery.endpoint))
        return self.answer(delivery)

    def settled(self, delivery: Delivery, context: object, outcome: Outcome, at: datetime) -> None:
        self.settlements.append((delivery.pk, outcome.result, at))


class Gate:
    """An answer that waits until it is let go, and says when `count` of them are waiting."""

    def __init__(self, count: int) -> None:
        self.let_go = threading.Event()
        self.all_waiting = threading.Event()
        self._count = count
        self._lock = threading.Lock()

    def __call__(self, _delivery: Delivery) -> Outcome:
        with self._lock:
            self._count -= 1
            if not self._count:
                self.all_waiting.set()
        assert self.let_go.wait(30)
        return DELIVERED


def make_delivery(
    endpoint: str = "a", *, account_id: int = 1, kind: str = "webhook", **columns: Any
) -> Delivery:
    """Queue one delivery as an operation would, then set what the test wants."""
    row = NewDelivery(kind, "task.triggered", new_id(), endpoint, account_id, "{}")
    enqueue_deliveries([row])
    if columns:
        Delivery.objects.filter(event_id=row.event_id).update(**columns)
    return Delivery.objects.get(event_id=row.event_id)


def make_deliveries(count: int, endpoint: str = "a", *, account_id: int = 1) -> None:
    """Queue many at once."""
    enqueue_deliveries(
        [NewDelivery("webhook", "task.triggered", new_id(), endpoint, account_id, "{}") for _ in range(count)]
    )


def ago(seconds: float) -> DatabaseNow:
    return DatabaseNow(timedelta(seconds=-seconds))


def lose_leases() -> None:
    """Let every lease run out: what time does after a worker was killed."""
    Delivery.objects.filter(state="pending", lease_until__isnull=False).update(lease_until=ago(1))
