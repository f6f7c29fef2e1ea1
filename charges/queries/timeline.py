"""The history of one task: whatever any dialect did with it, newest first, in one list.

Each kind of entry is read by one function here; what people read of it stands in web/shapes.py. The number of
statements is fixed, however long the history is (docs/adr/0056-one-timeline.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from accounts.rules.principal import Principal
from charges.models import ChargeEvent
from charges.rules.history import StepKind, step_of
from tasks.models import Occurrence, Task, Webhook
from tasks.queries.progress import tracked_task
from tasks.queries.tasks import reachable
from tasks.queries.webhooks import webhooks_in_reach
from tasks.rules.progress import Tracked
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.queries.deliveries import with_attempts

PAGE_SIZE: Final = 30
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
Row = TypeVar("Row", bound=Model)


class Kind(IntEnum):
    """What an entry is about. At the same moment the higher one is the later."""

    MADE = 0
    STARTED = 1
    OCCURRENCE = 2
    STEP = 3
    ENDED = 4
    DELIVERY = 5
    ARCHIVED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened, or has begun. Of the last fields one is there, by kind.

    at: by which it is sorted.  id: unique within the kind.  webhook: where a delivery of kind "webhook" went.
    """

    at: datetime
    kind: Kind
    id: str
    occurrence: Occurrence | None = None
    step: StepKind | None = None
    delivery: Delivery | None = None
    webhook: Webhook | None = None

    @property
    def place(self) -> tuple[datetime, int, str]:
        """Where it stands among all entries of the task."""
        return self.at, int(self.kind), self.id

    @property
    def can_be_sent_again(self) -> bool:
        is_over = self.delivery is not None and self.delivery.state != "pending"
        return is_over and self.webhook is not None and self.webhook.is_enabled


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: entries before this one come next."""

    at: datetime
    kind: int
    id: str

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}.{self.kind}.{self.id}"


@dataclass(frozen=True, slots=True)
class History:
    """A task with a page of its history, newest first. next_before: where the next page begins, or None."""

    task: Task
    progress: Tracked
    entries: Sequence[Entry]
    next_before: Place | None


def history_of(
    *, principal: Principal, task_id: UUID, before: Place | None = None, limit: int = PAGE_SIZE
) -> History:
    """Read a task and a page of what happened to it, in seven statements.

    A team-mate of the owner sees no charges, no mails, and deliveries only to webhooks that they manage.
    Raises NotFound, Forbidden.
    """
    task, progress = reachable(principal, task_id), tracked_task(principal, task_id)
    most = limit + 1
    found = [
        *_moments(task, progress),
        *_occurrences(task, before, most),
        *_steps(principal, task),
        *_deliveries(principal, task, before, most),
    ]
    if before is not None:
        found = [entry for entry in found if entry.place < (before.at, before.kind, before.id)]
    found.sort(key=lambda entry: entry.place, reverse=True)
    last = found[limit - 1] if len(found) > limit else None
    return History(task, progress, found[:limit], Place(*last.place) if last else None)


def read_place(text: str) -> Place | None:
    """Read where a page ended; what makes no sense is the beginning."""
    at, _, rest = text.partition(".")
    kind, _, entry_id = rest.partition(".")
    if not (at.isascii() and at.isdecimal() and len(at) < 18 and kind in {str(int(each)) for each in Kind}):
        return None
    return Place(_EPOCH + int(at) * _MICROSECOND, int(kind), entry_id)


def _moments(task: Task, progress: Tracked) -> Iterator[Entry]:
    moments = {
        Kind.MADE: task.created_at,
        Kind.STARTED: progress.start_time,
        Kind.ENDED: progress.end_time,
        Kind.ARCHIVED: task.archived_at,
    }
    for kind, at in moments.items():
        if at is not None:
            yield Entry(at=at, kind=kind, id="")


def _occurrences(task: Task, before: Place | None, most: int) -> Iterator[Entry]:
    rows = _up_to(Occurrence.objects.filter(task=task), Kind.OCCURRENCE, before)
    for row in rows.order_by("-created_at", "-pk")[:most]:
        yield Entry(at=row.created_at, kind=Kind.OCCURRENCE, id=str(row.pk), occurrence=row)


def _steps(principal: Principal, task: Task) -> Iterator[Entry]:
    """List the steps of the task's charge; there are never many."""
    rows = ChargeEvent.objects.filter(charge__task=task.pk, charge__user=principal.user_id)
    for row in rows.select_related("charge").order_by("pk"):
        step = step_of(row.event, actor=row.actor, kind=row.charge.kind, after=row.after)
        if step is not None:
            yield Entry(at=row.at, kind=Kind.STEP, id=f"{row.pk:020}", step=step)


def _deliveries(principal: Principal, task: Task, before: Place | None, most: int) -> Iterable[Entry]:
    webhooks = {str(webhook.pk): webhook for webhook in webhooks_in_reach(principal)}
    own = Q(account_id=principal.user_id) & ~Q(kind="webhook")
    rows = Delivery.objects.filter(own | Q(kind="webhook", endpoint__in=list(webhooks)), subject_id=task.pk)
    newest = _up_to(rows, Kind.DELIVERY, before).order_by("-created_at", "-pk")
    return [
        Entry(
            at=row.created_at,
            kind=Kind.DELIVERY,
            id=str(row.pk),
            delivery=row,
            webhook=webhooks.get(row.endpoint),
        )
        for row in with_attempts(newest)[:most]
    ]


def _up_to(rows: QuerySet[Row, Any], kind: Kind, before: Place | None) -> QuerySet[Row, Any]:
    """Leave out what was on the pages before."""
    if before is None:
        return rows
    earlier = Q(created_at__lt=before.at)
    if kind < before.kind:
        return rows.filter(created_at__lte=before.at)
    if kind > before.kind:
        return rows.filter(earlier)
    try:
        return rows.filter(earlier | Q(created_at=before.at, pk__lt=UUID(before.id)))
    except ValueError:
        return rows.filter(earlier)
