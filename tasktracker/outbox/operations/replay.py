"""Replay: a delivery that is over is sent again, with the same event id and the same payload."""

from uuid import UUID

from django.db.models import Q

from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import Conflict, NotFound
from tasktracker.core.jobs import enqueue_on_commit
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.rules.states import FINISHED


class StillOnItsWay(Conflict):
    """The delivery will be tried anyway."""

    default_message = "This delivery is still on its way."


class PayloadBlanked(Conflict):
    """The delivery carried a secret, which was removed once it was sent."""

    default_message = "This delivery carried a secret and can not be sent again."


def replay_delivery(*, delivery_id: UUID, endpoint: str) -> None:
    """Send a finished delivery again, now, with a full schedule of tries.

    endpoint: the handler's key, which the caller has checked to be the person's own.
    Raises NotFound (no such delivery to this endpoint), StillOnItsWay, PayloadBlanked.
    """
    own = Delivery.objects.filter(pk=delivery_id, endpoint=endpoint)
    blanked = Q(is_sealed=True, payload="")
    replayed = (
        own.filter(state__in=FINISHED)
        .exclude(blanked)
        .update(state="pending", due_at=DatabaseNow(), tries=0, lease_until=None, finished_at=None)
    )
    if replayed:
        enqueue_on_commit("outbox.drain")
    elif not own.exists():
        raise NotFound
    else:
        raise PayloadBlanked if own.filter(blanked).exists() else StillOnItsWay
