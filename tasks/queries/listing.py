"""Lists of tasks as people narrow them: page by page, or as a board.

Which tasks a caller can see at all is decided in tasks.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.rules.principal import Principal
from tasks.models import Task, TaskTag
from tasks.queries.tasks import PAGE_SIZE, SHOWN, Shown, TaskPage, listed, visible_to
from tasks.rules.progress import RUNNING
from tasks.rules.search import folded
from tasks.rules.vocabulary import Status

COLUMN_SIZE: Final = 20


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to.

    project_id: a project that the caller reaches; None: the caller's own tasks. search: a part of title or
    description, in any case. tag_id: of the caller's own tags. due_until: aware; with it the list is in the
    order of deadlines. is_undated: only without a deadline.
    """

    shown: Shown = Shown.OPEN
    search: str = ""
    project_id: int | None = None
    tag_id: UUID | None = None
    due_until: datetime | None = None
    is_undated: bool = False
    is_staked: bool = False

    @property
    def is_by_deadline(self) -> bool:
        """Whether the earliest deadline comes first, and not the newest task."""
        return self.due_until is not None


class Lane(StrEnum):
    """A column of the board."""

    TO_DO = "to_do"
    RUNNING = "running"
    STUCK = "stuck"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its newest tasks. has_more: it has others, too."""

    lane: Lane
    tasks: Sequence[Task]
    has_more: bool


def narrowed_page(
    *, principal: Principal, wanted: Narrowing, before: UUID | None = None, limit: int = PAGE_SIZE
) -> TaskPage:
    """List a page of tasks: newest first, or earliest deadline first where the list is narrowed by deadline.

    before: the last task of the page before. One statement.
    """
    rows = _narrowed(principal, wanted).filter(SHOWN[wanted.shown])
    if before is not None:
        rows = _after(rows, before, is_by_deadline=wanted.is_by_deadline)
    order = ("due_at", "-pk") if wanted.is_by_deadline else ("-pk",)
    tasks = list(listed(rows).order_by(*order)[: limit + 1])
    return TaskPage(tasks[:limit], tasks[limit - 1].pk if len(tasks) > limit else None)


def board(*, principal: Principal, wanted: Narrowing) -> list[Column]:
    """List the newest tasks of each lane, archived ones left out. One statement for each lane.

    wanted: what it shows is not looked at.
    """
    rows = _narrowed(principal, replace(wanted, shown=Shown.OPEN)).filter(archived_at=None)
    return [_column(rows, lane) for lane in Lane]


def _column(rows: QuerySet[Task], lane: Lane) -> Column:
    order = ("-completed_at", "-pk") if lane == Lane.DONE else ("-pk",)
    found = list(listed(rows.filter(status__in=_LANES[lane])).order_by(*order)[: COLUMN_SIZE + 1])
    return Column(lane, found[:COLUMN_SIZE], len(found) > COLUMN_SIZE)


def _narrowed(principal: Principal, wanted: Narrowing) -> QuerySet[Task]:
    mine = Q(owner_id=principal.user_id) if wanted.project_id is None else Q(project_id=wanted.project_id)
    rows = visible_to(principal).filter(mine)
    if wanted.search:
        rows = rows.filter(search_text__contains=folded(wanted.search))
    if wanted.tag_id is not None:  # a tag counts on its owner's tasks
        tagged = TaskTag.objects.filter(task=OuterRef("pk"), tag=wanted.tag_id, tag__owner=principal.user_id)
        rows = rows.filter(Exists(tagged), owner_id=principal.user_id)
    if wanted.due_until is not None:
        rows = rows.filter(due_at__lte=wanted.due_until)
    if wanted.is_undated:
        rows = rows.filter(due_at=None)
    return rows.filter(stake_cents__isnull=False) if wanted.is_staked else rows


def _after(rows: QuerySet[Task], before: UUID, *, is_by_deadline: bool) -> QuerySet[Task]:
    """Go on after a task: in the order of deadlines, after the one that it has now."""
    if not is_by_deadline:
        return rows.filter(pk__lt=before)
    due_at = Subquery(Task.objects.filter(pk=before).values("due_at")[:1])
    return rows.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__lt=before))


_LANES: Final = {
    Lane.TO_DO: [Status.PENDING],
    Lane.RUNNING: sorted(RUNNING),
    Lane.STUCK: [Status.ERROR, Status.STALE, Status.EXPIRED],
    Lane.DONE: [Status.SUCCESS],
}
