"""Settling: what a try brought is written down, if the worker still holds the newest fence.

Deciding what follows belongs to rules/retry.py, sending to sending.py. Both statements take a whole batch at
once: a statement per delivery would cost more than sending it (docs/adr/0013).
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from tasktracker.core.failpoints import failpoint
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.handlers import handler_for
from tasktracker.outbox.rules.outcomes import Outcome
from tasktracker.outbox.rules.states import State

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)  # the database
_EXCERPT_CHARACTERS = 1000
_ERROR_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Settlement:
    """What shall become of a claimed delivery.

    outcome, started_at: of the try; None when nothing was sent (the endpoint is gone, or too many claims were
    lost), and `error` says why.  due_at: of the next try, or as it was.
    """

    delivery: Delivery
    state: State
    due_at: datetime
    context: object = None
    outcome: Outcome | None = None
    started_at: datetime | None = None
    error: str = ""


_SETTLE = """
WITH settled (id, fence, state, due_at, last_status, last_error) AS (VALUES {rows})
UPDATE outbox_delivery SET
  state = s.state, due_at = s.due_at, lease_until = NULL,
  last_status = CAST(s.last_status AS integer), last_error = s.last_error,
  finished_at = CASE WHEN s.state = 'pending' THEN NULL ELSE {at} END,
  payload = CASE WHEN is_sealed AND s.state IN ('delivered', 'cancelled') THEN '' ELSE payload END
FROM settled s
WHERE outbox_delivery.id = s.id AND outbox_delivery.fence = s.fence AND outbox_delivery.state = 'pending'
RETURNING outbox_delivery.id"""

# A late answer is logged too, unless its delivery is gone; the same one is never logged twice.
_LOG = """
INSERT INTO outbox_attempt
  (delivery_id, number, started_at, duration_ms, status_code, error, reply_excerpt)
SELECT d.id, a.number, a.started_at, a.duration_ms, CAST(a.status_code AS integer), a.error, a.reply_excerpt
FROM (SELECT * FROM attempts) a JOIN outbox_delivery d ON d.id = a.id WHERE TRUE
ON CONFLICT (delivery_id, number) DO NOTHING"""
_LOG_ROWS = """
WITH attempts (id, number, started_at, duration_ms, status_code, error, reply_excerpt) AS (VALUES {rows})"""


def settle(settlements: Sequence[Settlement], *, at: datetime) -> set[UUID]:
    """Write a batch of settlements in one transaction, with their attempts and what follows from them.

    Returns the ids that were settled; a row whose fence is newer, or that is finished, stays as it is (P24).
    Raises OperationalError or InterfaceError when the database is away; nothing is written then.
    """
    if not settlements:
        return set()
    # In one order everywhere: workers that touch the same endpoints must not wait for each other in a circle.
    ordered = sorted(
        settlements, key=lambda each: (each.delivery.kind, each.delivery.endpoint, each.delivery.pk)
    )
    failpoint("outbox.before_settle")
    try:
        return _settle_together(ordered, at)
    except AWAY:
        raise
    except Exception:
        log.exception("settle.handler_failed")
        return _settle_one_by_one(ordered, at)


def release(deliveries: Iterable[Delivery], *, was_sent: bool) -> None:
    """Give leases back before they run out, so that another worker need not wait for that.

    was_sent: a try that has begun stays counted; one that has not is given back.
    """
    for delivery in deliveries:
        held = Delivery.objects.filter(pk=delivery.pk, fence=delivery.fence, state="pending")
        held.filter(lease_until__isnull=False).update(
            lease_until=None, tries=F("tries") - (0 if was_sent else 1)
        )


def _settle_one_by_one(settlements: Sequence[Settlement], at: datetime) -> set[UUID]:
    """Keep one handler's bug from undoing what others have sent; its own row waits out its lease."""
    settled: set[UUID] = set()
    for settlement in settlements:
        try:
            settled |= _settle_together([settlement], at)
        except AWAY:
            raise
        except Exception:
            log.exception("settle.handler_failed", extra={"delivery": str(settlement.delivery.pk)})
    return settled


def _settle_together(settlements: Sequence[Settlement], at: datetime) -> set[UUID]:
    with transaction.atomic():
        settled = _update(settlements, at)
        _log_attempts(settlements)
        for each in settlements:
            if each.outcome and each.delivery.pk in settled:
                handler_for(each.delivery.kind).settled(each.delivery, each.context, each.outcome, at)
    return settled


def _update(settlements: Sequence[Settlement], at: datetime) -> set[UUID]:
    params: list[Any] = []
    for each in settlements:
        status = each.outcome.status_code if each.outcome else None
        error = each.outcome.error if each.outcome else each.error
        params += [_id(each.delivery.pk), each.delivery.fence, each.state, _moment(each.due_at), status]
        params.append(_text(error, _ERROR_CHARACTERS))
    sql = _SETTLE.format(rows=_rows(len(settlements), columns=6), at="%s")
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, _moment(at)])
        return {UUID(str(row[0])) for row in cursor.fetchall()}


def _log_attempts(settlements: Sequence[Settlement]) -> None:
    rows = [
        (
            _id(each.delivery.pk),
            each.delivery.fence,
            _moment(each.started_at),
            each.outcome.duration_ms,
            each.outcome.status_code,
            _text(each.outcome.error, _ERROR_CHARACTERS),
            _text(each.outcome.reply_excerpt, _EXCERPT_CHARACTERS),
        )
        for each in settlements
        if each.outcome and each.started_at
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_LOG_ROWS.format(rows=_rows(len(rows), columns=7)) + _LOG, [*chain(*rows)])


def _rows(count: int, *, columns: int) -> str:
    row = f"({', '.join(['%s'] * columns)})"
    return ", ".join([row] * count)


def _id(delivery_id: UUID) -> Any:
    return delivery_id if connection.features.has_native_uuid_field else delivery_id.hex


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _text(text: str, most: int) -> str:
    """Cut a stranger's text, without what a database cannot hold."""
    return text.replace("\x00", "").encode(errors="replace").decode()[:most]
