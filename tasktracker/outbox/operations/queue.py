"""Queueing: the rows that say what must leave the building, written with the change that caused them.

Sending does not belong here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tasktracker.core import request_id
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.ids import new_id
from tasktracker.core.jobs import enqueue_on_commit
from tasktracker.core.sealing import seal, unseal
from tasktracker.outbox.models import Delivery


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What to deliver. seal: the payload carries a secret, so it is sealed at rest and blanked once sent."""

    kind: str
    event: str
    event_id: UUID
    endpoint: str
    account_id: int
    payload: str
    seal: bool = False


def enqueue_deliveries(rows: Sequence[NewDelivery], *, once: bool = False) -> None:
    """Write the deliveries in the caller's transaction, in one statement, and ring for a worker on commit.

    once: rows whose event and endpoint are known already are left as they are, without an error.
    They are due at once by the database's clock, whatever moment the caller acts for (reliability.md 4.2).
    """
    if not rows:
        return
    Delivery.objects.bulk_create([_row(row) for row in rows], ignore_conflicts=once)
    enqueue_on_commit("outbox.drain")


def clear_payload(delivery: Delivery) -> str:
    """Return the text to send, unsealed when it was sealed. Raises core.sealing.CannotOpen."""
    if not delivery.is_sealed:
        return delivery.payload
    return unseal(delivery.payload, purpose=_purpose(delivery.pk)).decode()


def _row(new: NewDelivery) -> Delivery:
    delivery_id = new_id()
    payload = seal(new.payload.encode(), purpose=_purpose(delivery_id)) if new.seal else new.payload
    return Delivery(
        id=delivery_id,
        kind=new.kind,
        event=new.event,
        event_id=new.event_id,
        endpoint=new.endpoint,
        account_id=new.account_id,
        payload=payload,
        is_sealed=new.seal,
        due_at=DatabaseNow(),
        created_at=DatabaseNow(),
        request_id=request_id.current()[:128],
    )


def _purpose(delivery_id: UUID) -> str:
    return f"delivery:{delivery_id}"
