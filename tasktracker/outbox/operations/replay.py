"""Replay: a delivery that is over is sent again, with the same event id and the same payload."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import Conflict, NotFound
from tasktracker.core.jobs import enqueue_on_commit
from tasktracker.outbox.models import Delivery, Resending
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
    _replay(Delivery.objects.filter(pk=delivery_id, endpoint=endpoint))


def resend_delivery(
    *, delivery_id: UUID, staff_id: int, command_id: UUID, why: str = "", at: datetime
) -> bool:
    """Send anybody's finished delivery again, for staff, and write down who asked.

    That somebody is staff has been checked by the caller. command_id: of this very command; the second time
    it does nothing, and False is returned.
    Raises NotFound, StillOnItsWay, PayloadBlanked.
    """
    own = Delivery.objects.filter(pk=delivery_id)
    with transaction.atomic():
        found = own.values("event", "endpoint", "account_id").first()
        if found is None:
            raise NotFound
        said = {**found, "delivery_id": delivery_id, "staff_id": staff_id, "why": why, "at": at}
        _, is_new = Resending.objects.get_or_create(pk=command_id, defaults=said)
        if is_new:
            _replay(own)
    return is_new


def _replay(own: "QuerySet[Delivery]") -> None:
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
