"""Noting who watches a task, on which device. Source: agents.md A.6; reliability.md P27."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.expressions import Combinable

from accounts.operations.push_tokens import hold_device
from accounts.rules.principal import Principal
from tasks.models import Presence
from tasks.queries.tasks import reachable
from tasks.rules.presence import EXPIRED_KEPT, WATCHED_FOR
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import NotFound


class NoSuchDevice(NotFound):
    """The device is none that the caller has registered."""

    default_message = "device_id does not match a push token registered by the caller"


def watch_task(*, principal: Principal, task_id: UUID, device_id: UUID) -> None:
    """Note for 60 seconds, by the database's clock, that the caller watches a task on a device.

    Saying it again prolongs it. Raises NotFound, Forbidden, NoSuchDevice.
    """
    task = reachable(principal, task_id)
    moments: dict[str, Combinable] = {
        "last_seen_at": DatabaseNow(),
        "expires_at": DatabaseNow(WATCHED_FOR),
    }
    with transaction.atomic():
        if not hold_device(principal=principal, device_id=device_id):
            raise NoSuchDevice
        if not _row(principal, task_id, device_id).update(**moments):
            Presence.objects.create(task=task, user_id=principal.user_id, push_token_id=device_id, **moments)


def stop_watching_task(*, principal: Principal, task_id: UUID, device_id: UUID) -> None:
    """Note that the caller no longer watches a task on a device; that they did not is fine.

    Raises NotFound, Forbidden.
    """
    reachable(principal, task_id)
    _row(principal, task_id, device_id).delete()


def forget_expired_presence(at: datetime) -> int:
    """Remove rows that expired a day before `at`. Returns how many."""
    removed, _ = Presence.objects.filter(expires_at__lt=at - EXPIRED_KEPT).delete()
    return removed


def _row(principal: Principal, task_id: UUID, device_id: UUID) -> QuerySet[Presence]:
    return Presence.objects.filter(task=task_id, push_token=device_id, user=principal.user_id)
