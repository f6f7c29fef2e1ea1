"""Retention: what is over stays for 30 days, and what is not stays."""

from datetime import UTC, datetime, timedelta

import pytest

from tasktracker.outbox.models import Attempt, Delivery
from tasktracker.outbox.operations import retention
from tasktracker.outbox.operations.retention import remove_old_deliveries
from tests.domain.outbox.fakes import make_delivery

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def finished(endpoint: str, days_ago: float, state: str = "delivered") -> Delivery:
    delivery = make_delivery(endpoint, state=state, finished_at=AT - timedelta(days=days_ago))
    Attempt.objects.create(delivery=delivery, number=1, started_at=AT, duration_ms=1)
    return delivery


@pytest.mark.parametrize("state", ["delivered", "failed", "cancelled"])
def test_what_is_over_is_kept_for_thirty_days(state: str) -> None:
    finished("old", 30.1, state)
    finished("young", 29.9, state)
    make_delivery("on its way", created_at=AT - timedelta(days=90))

    assert remove_old_deliveries(AT) == 1

    assert sorted(Delivery.objects.values_list("endpoint", flat=True)) == ["on its way", "young"]
    assert Attempt.objects.get().delivery.endpoint == "young"
    assert remove_old_deliveries(AT) == 0


def test_many_are_removed_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    for number in range(5):
        finished(f"e{number}", 31)

    assert remove_old_deliveries(AT) == 5
    assert not Delivery.objects.exists()
