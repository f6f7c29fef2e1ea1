"""Retention: finished deliveries and their attempts are kept for 30 days, failed ones too."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tasktracker.outbox.models import Attempt, Delivery

KEPT: Final = timedelta(days=30)
_BATCH: Final = 500
_BATCHES: Final = 20  # in one sweep; the next one goes on


def remove_old_deliveries(at: datetime) -> int:
    """Remove what finished more than 30 days before `at`, in short transactions. Returns how many."""
    removed = 0
    for _ in range(_BATCHES):
        batch = _remove_batch(at)
        removed += batch
        if batch < _BATCH:
            break
    return removed


def _remove_batch(at: datetime) -> int:
    with transaction.atomic():
        old = Delivery.objects.filter(finished_at__lt=at - KEPT).order_by("finished_at")
        ids = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:_BATCH])
        Attempt.objects.filter(delivery_id__in=ids).delete()
        return Delivery.objects.filter(pk__in=ids).delete()[0]
