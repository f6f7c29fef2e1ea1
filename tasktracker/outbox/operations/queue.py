"""Queueing: the rows that say what must leave the building, written with the change that caused them.

Sending does not belong here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection

from tasktracker.core import clock, request_id
from tasktracker.core.ids import new_id
from tasktracker.core.jobs import enqueue_on_commit
from tasktracker.core.sealing import seal, unseal
from tasktracker.outbox.models import Delivery


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What to deliver.

    seal: the payload carries a secret, so it is sealed at rest and blanked once sent.  subject_id: the task
    that it is about, in whose history it is shown.
    """

    kind: str
    event: str
    event_id: UUID
    endpoint: str
    account_id: int
    payload: str
    seal: bool = False
    subject_id: UUID | None = None


_INSERT = """
INSERT INTO outbox_delivery
  (id, kind, event, event_id, endpoint, account_id, payload, is_sealed, request_id, subject_id,
   state, fence, tries, last_error, due_at, created_at)"""
_VALUES = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'pending', 0, 0, '', {now}, {now})"
_ONCE = " ON CONFLICT (event_id, endpoint) DO NOTHING"
_ROWS_MOST = 1000  # in one statement
_REQUEST_ID_CHARACTERS = 128


def enqueue_deliveries(rows: Sequence[NewDelivery], *, once: bool = False) -> None:
    """Write the deliveries in the caller's transaction, in one statement, and ring for a worker on commit.

    once: rows whose event and endpoint are known already are left as they are, without an error.
    They are due at once by the database's clock, whatever moment the caller acts for (reliability.md 4.2).
    """
    if not rows:
        return
    for start in range(0, len(rows), _ROWS_MOST):
        _insert(rows[start : start + _ROWS_MOST], once=once)
    enqueue_on_commit("outbox.drain")


def clear_payload(delivery: Delivery) -> str:
    """Return the text to send, unsealed when it was sealed. Raises core.sealing.CannotOpen."""
    if not delivery.is_sealed:
        return delivery.payload
    return unseal(delivery.payload, purpose=_purpose(delivery.pk)).decode()


def _insert(rows: Sequence[NewDelivery], *, once: bool) -> None:
    """Write the rows by hand: the ORM takes four times as long, and this is on the path of every trigger."""
    values = ", ".join([_VALUES.format(now=clock.now_sql())] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_INSERT} VALUES {values}{_ONCE if once else ''}", [*chain.from_iterable(map(_row, rows))]
        )


def _row(new: NewDelivery) -> Iterator[Any]:
    delivery_id = new_id()
    yield _adapt(delivery_id)
    yield from (new.kind, new.event, _adapt(new.event_id), new.endpoint, new.account_id)
    yield seal(new.payload.encode(), purpose=_purpose(delivery_id)) if new.seal else new.payload
    yield from (new.seal, request_id.current()[:_REQUEST_ID_CHARACTERS])
    yield None if new.subject_id is None else _adapt(new.subject_id)


def _adapt(value: UUID) -> Any:
    return value if connection.features.has_native_uuid_field else value.hex


def _purpose(delivery_id: UUID) -> str:
    return f"delivery:{delivery_id}"
