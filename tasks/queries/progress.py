"""Tasks as those who watch them run see them: one, and pages of a project's.

A project key reaches its project's tasks; that its maker belongs there was checked with it. Everybody else
sees what queries/tasks.py lets them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.queries.tasks import visible_to
from tasks.rules.progress import RUNNING, Tracked
from tasktracker.core.compiled import CompiledQuery, Row
from tasktracker.core.errors import NotFound

# Columns of the statement -> fields of the value, in this order.
_FIELDS = {
    "pk": "id",
    "parent_id": "parent_id",
    "project_id": "project_id",
    "owner_id": "owner_id",
    "title": "title",
    "status": "status",
    "due_at": "due_at",
    "stake_cents": "stake_cents",
    "completed_at": "completed_at",
    "archived_at": "archived_at",
    "deleted_at": "deleted_at",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "project__slug": "project_slug",
    "project__organization_id": "organization_id",
    "project__organization__slug": "organization_slug",
    "progress__value": "value",
    "progress__value_max": "value_max",
    "progress__data": "data",
    "progress__tags": "tags",
    "progress__queue": "queue",
    "progress__external_id": "external_id",
    "progress__start_time": "start_time",
    "progress__end_time": "end_time",
    "progress__time_to_start": "time_to_start",
    "progress__max_runtime": "max_runtime",
    "progress__stale_timeout": "stale_timeout",
    "progress__stale_check_at": "stale_check_at",
    "progress__overrun_at": "overrun_at",
}
_COLUMNS = tuple(_FIELDS)
_NAMES = tuple(_FIELDS.values())
_OF_TASK = 16  # the first so many stand in every task's row; the others in its facet
_VALUE_MAX = _NAMES.index("value_max")

# Written out: SQLite finds the partial index task_running_in_project by its very words, not by parameters.
_RUNNING_WORDS = ", ".join(f"'{status}'" for status in sorted(RUNNING))
_IS_RUNNING = RawSQL(f"tasks_task.status IN ({_RUNNING_WORDS})", (), BooleanField())  # noqa: S611  # ours


@dataclass(frozen=True, slots=True)
class TrackedPage:
    """One page, newest first. has_newer, has_older: whether there is more on that side of it."""

    tasks: Sequence[Tracked]
    has_newer: bool
    has_older: bool


def tracked_task(principal: Principal, task_id: UUID) -> Tracked:
    """Find one task of the caller's project with its progress; a session's, wherever it reaches.

    Raises NotFound: absent, deleted, or of another project.
    """
    if principal.project_id is not None:
        row = _row_of_project.first(task_id=task_id, project_id=principal.project_id)
    else:
        row = visible_to(principal).filter(pk=task_id).order_by().values_list(*_COLUMNS).first()
    if row is None:
        raise NotFound
    return _tracked(row)


def tracked_by_id(task_id: UUID) -> Tracked:
    """Read a task that the caller has locked, or may know of, without asking who asks. Raises NotFound."""
    row = _row_by_id.first(task_id=task_id)
    if row is None:
        raise NotFound
    return _tracked(row)


def tracked_by_ids(task_ids: Sequence[UUID]) -> list[Tracked]:
    """Read tasks that a sweep has locked, by id."""
    rows = Task.objects.filter(pk__in=task_ids).order_by("pk").values_list(*_COLUMNS)
    return [_tracked(row) for row in rows]


def tracked_page(
    *,
    principal: Principal,
    project_id: int,
    older_than: UUID | None = None,
    newer_than: UUID | None = None,
    parent_id: UUID | None = None,
    limit: int,
) -> TrackedPage:
    """List a page of a project's tasks, without archived ones.

    older_than, newer_than: only tasks on that side of this one, which need not exist; at most one of them.
    parent_id: only its sub-tasks. One statement, whatever the page.
    """
    rows = _of_project(principal, project_id).filter(archived_at=None)
    if parent_id is not None:
        rows = rows.filter(parent_id=parent_id)
    if newer_than is not None:
        found = list(rows.filter(pk__gt=newer_than).order_by("pk").values_list(*_COLUMNS)[: limit + 1])
        page = [_tracked(row) for row in reversed(found[:limit])]
        return TrackedPage(page, has_newer=len(found) > limit, has_older=True)
    if older_than is not None:
        rows = rows.filter(pk__lt=older_than)
    found = list(rows.order_by("-pk").values_list(*_COLUMNS)[: limit + 1])
    page = [_tracked(row) for row in found[:limit]]
    return TrackedPage(page, has_newer=older_than is not None, has_older=len(found) > limit)


def running_tasks(*, principal: Principal, project_id: int, limit: int) -> list[Tracked]:
    """List the tasks of a project that run now, newest first, without archived ones. One statement."""
    rows = _of_project(principal, project_id).filter(_IS_RUNNING, archived_at=None)
    return [_tracked(row) for row in rows.order_by("-pk").values_list(*_COLUMNS)[:limit]]


def running_anywhere(principal: Principal, *, limit: int) -> list[Tracked]:
    """List the running tasks that the caller reaches, newest first, without archived ones. One statement."""
    rows = visible_to(principal).filter(_IS_RUNNING, archived_at=None)
    return [_tracked(row) for row in rows.order_by("-pk").values_list(*_COLUMNS)[:limit]]


def public_standing(task_id: UUID) -> Tracked:
    """Find a task for its public page, which shows no more than status and progress.

    Raises NotFound: absent, deleted, or its project has public pages switched off.
    """
    rows = Task.objects.filter(pk=task_id, deleted_at=None, project__public_pages_off_at=None)
    row = rows.order_by().values_list(*_COLUMNS).first()
    if row is None:
        raise NotFound
    return _tracked(row)


def _of_project(principal: Principal, project_id: int) -> QuerySet[Task]:
    if principal.project_id == project_id:
        return Task.objects.filter(project_id=project_id, deleted_at=None)
    return visible_to(principal).filter(project_id=project_id)


def _tracked(row: Row) -> Tracked:
    """Make the value of a row; a task that nobody has reported on yet has the facet's defaults."""
    if row[_VALUE_MAX] is None:
        return Tracked(**dict(zip(_NAMES[:_OF_TASK], row, strict=False)), tags={})
    return Tracked(**dict(zip(_NAMES, row, strict=True)), has_facet=True)


def _query(**which: Any) -> QuerySet[Task, Row]:
    return Task.objects.filter(**which).order_by().values_list(*_COLUMNS)


_row_of_project = CompiledQuery(
    lambda task_id, project_id: _query(pk=task_id, project_id=project_id, deleted_at=None),
    task_id=UUID(int=1),
    project_id=1,
)
_row_by_id = CompiledQuery(lambda task_id: _query(pk=task_id), task_id=UUID(int=1))
