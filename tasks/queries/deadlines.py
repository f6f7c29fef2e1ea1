"""The deadlines of an account, as its calendar shows them: whatever is pending and has one.

How they are written is the feed's (calendarfeed/ics.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from tasks.models import Task
from tasks.rules.vocabulary import Status

_OVER = (Status.SUCCESS, Status.EXPIRED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a task has to be done. time_zone: its owner's, in which an all-day one has its day."""

    task_id: UUID
    title: str
    due_at: datetime
    is_all_day: bool
    stake_cents: int | None
    time_zone: str
    created_at: datetime
    updated_at: datetime


def open_deadlines(user_id: int) -> Sequence[Deadline]:
    """List the deadlines of an account's own pending tasks, earliest first: one statement."""
    own = Task.objects.filter(owner_id=user_id, deleted_at=None, archived_at=None, due_at__isnull=False)
    columns = (
        *("pk", "title", "due_at", "is_all_day", "stake_cents"),
        *("owner__time_zone", "created_at", "updated_at"),
    )
    rows = own.exclude(status__in=_OVER).order_by("due_at", "pk").values_list(*columns)
    return [Deadline(*row) for row in rows]


def deadlines_changed_at(user_id: int) -> datetime | None:
    """Say when any task of an account changed last, pending or not; None without any."""
    changed_at: datetime | None = Task.objects.filter(owner_id=user_id).aggregate(at=Max("updated_at"))["at"]
    return changed_at
