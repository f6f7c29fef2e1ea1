"""How the outbox is: what people watch and alarms are set on."""

from datetime import datetime, timedelta

from tasktracker.outbox.models import Delivery, Heartbeat

# Written out, as neither database searches a partial index by a value that it is told later.
_FIRST_DUE = """
SELECT id, due_at FROM outbox_delivery
WHERE finished_at IS NULL AND lease_until IS NULL ORDER BY due_at LIMIT 1"""


def oldest_due_age(*, at: datetime) -> timedelta:
    """Return how long the oldest due delivery has waited at `at`; zero when nothing is due."""
    first = next(iter(Delivery.objects.raw(_FIRST_DUE)), None)
    return max(timedelta(), at - first.due_at) if first else timedelta()


def heartbeat_age(name: str = "worker", *, at: datetime) -> timedelta | None:
    """Return how long ago a worker said that it works; None when none ever did."""
    seen_at = Heartbeat.objects.filter(pk=name).values_list("seen_at", flat=True).first()
    return at - seen_at if seen_at else None
