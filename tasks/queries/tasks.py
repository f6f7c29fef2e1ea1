"""Which tasks a caller can see, alone and in lists. Who may see what is decided here and nowhere else.

What a caller may do with them stands in operations.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.queries.projects import writable_project_ids
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.rules.progress import RUNNING
from tasks.rules.scopes import covers, is_narrowed
from tasks.rules.search import folded
from tasks.rules.vocabulary import OccurrenceStatus, Status
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.errors import Forbidden, NotFound

PAGE_SIZE = 25


class Shown(StrEnum):
    """Which tasks a list shows. An archived task is in ARCHIVED only."""

    OPEN = "open"
    RUNNING = "running"
    FAILED = "failed"
    COMPLETED = "completed"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page, newest first. next_before: pass it as `before` for the next one; None on the last."""

    tasks: Sequence[Task]
    next_before: UUID | None


def visible_to(principal: Principal) -> QuerySet[Task]:
    """List the tasks that the caller can reach: own ones, and those of projects that the caller may write.

    A mobile app reaches own ones only (ruling "One task, six vocabularies").

    Deleted ones are not there, archived ones are. A `task:<id>` scope is not looked at: what the owner can
    reach decides between absent and forbidden.
    """
    tasks = Task.objects.filter(within_reach(principal.user_id))
    if principal.project_id is not None:
        tasks = tasks.filter(project_id=principal.project_id)
    if principal.organization_id is not None:
        tasks = tasks.filter(project__organization_id=principal.organization_id)
    if principal.project_ids is not None:
        tasks = tasks.filter(project_id__in=principal.project_ids)
    return tasks.filter(owner_id=principal.user_id) if principal.owns_only else tasks


def reachable(principal: Principal, task_id: UUID) -> Task:
    """Fetch one task for reading, with project, owner, schedule, agenda (if any) and pending_occurrence_id.

    Raises NotFound (absent, deleted or foreign), Forbidden (reachable, but outside the credential's scope).
    """
    rows = visible_to(principal).select_related("project", "owner", "schedule", "agenda").defer("search_text")
    task = with_pending_occurrence(rows).filter(pk=task_id).first()
    if task is None:
        raise NotFound
    _require_scope(principal, task_id)
    return task


def locked(principal: Principal, task_id: UUID) -> Task:
    """Fetch and lock one task for a change, in one statement; its other columns are deferred.

    Inside a transaction. On SQLite the transaction itself is the lock (BEGIN IMMEDIATE).
    Raises NotFound, Forbidden, as reachable().
    """
    row = _locked_row.first(task_id=task_id, user_id=principal.user_id)
    task = Task.from_db(DEFAULT_DB_ALIAS, _LOCKED_COLUMNS, row) if row else None
    if task is None or not _is_in_bounds(principal, task):
        raise NotFound
    _require_scope(principal, task_id)
    return task


def task_page(
    *,
    principal: Principal,
    shown: Shown = Shown.OPEN,
    before: UUID | None = None,
    project_id: int | None = None,
    search: str = "",
    limit: int = PAGE_SIZE,
) -> TaskPage:
    """List a page of the tasks that the caller owns, or of a project that the caller may write.

    As reachable(), but without description and owner.
    before: only tasks older than this one. project_id: None = owned ones. search: a part of title or
    description, in any case.
    """
    mine = Q(owner_id=principal.user_id) if project_id is None else Q(project_id=project_id)
    rows = visible_to(principal).filter(mine, SHOWN[shown])
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if search:
        rows = rows.filter(search_text__contains=folded(search))
    tasks = list(listed(rows).order_by("-pk")[: limit + 1])
    return TaskPage(tasks[:limit], tasks[limit - 1].pk if len(tasks) > limit else None)


def listed(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Read tasks with what a line of a list shows: as reachable(), but without description and owner."""
    rows = tasks.select_related("project", "schedule", "agenda").defer("description", "search_text")
    return with_pending_occurrence(rows)


def titles_of(principal: Principal, task_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Name tasks that the caller can reach; the others are not there."""
    return dict(visible_to(principal).filter(pk__in=set(task_ids)).values_list("pk", "title"))


def require_all_tasks(principal: Principal) -> None:
    """Refuse a credential that reaches single tasks only. Raises Forbidden."""
    if is_narrowed(principal.scopes):
        raise Forbidden


def within_reach(user_id: int) -> Q:
    """Say, as a condition, which tasks an account can reach, whatever its credential's bounds."""
    return Q(deleted_at=None) & (Q(owner_id=user_id) | Q(project_id__in=writable_project_ids(user_id)))


def with_pending_occurrence(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Let rows that are read for showing say which occurrence is pending."""
    pending = Occurrence.objects.filter(task=OuterRef("pk"), status=OccurrenceStatus.PENDING).values("pk")
    return tasks.annotate(pending_occurrence_id=Subquery(pending[:1]))  # type: ignore[no-redef]  # see the model


def _is_in_bounds(principal: Principal, task: Task) -> bool:
    """Tell whether a credential that is bound to projects, an organization or its owner may know of it."""
    if principal.owns_only:
        return task.owner_id == principal.user_id
    bounds = (principal.project_id, principal.organization_id, principal.project_ids)
    if bounds == (None, None, None):
        return True
    return visible_to(principal).filter(pk=task.pk).exists()


def _require_scope(principal: Principal, task_id: UUID) -> None:
    if not covers(principal.scopes, task_id):
        raise Forbidden


def _lock_query(task_id: UUID, user_id: int) -> QuerySet[Task, Any]:
    """Lock a task against everybody but those who merely refer to it.

    A sub-task that is written twice in a transaction has its reference to the parent checked at its end
    (PostgreSQL); while somebody completes the parent, and waits for the sub-task, that must not wait in turn.
    """
    rows = Task.objects.filter(within_reach(user_id), pk=task_id).order_by()
    return rows.select_for_update(no_key=True).values_list(*_LOCKED_COLUMNS)


SHOWN: Final = {
    Shown.OPEN: ~Q(status=Status.SUCCESS) & Q(archived_at=None),
    Shown.RUNNING: Q(status__in=sorted(RUNNING), archived_at=None),
    Shown.FAILED: Q(status__in=[Status.ERROR, Status.STALE, Status.EXPIRED], archived_at=None),
    Shown.COMPLETED: Q(status=Status.SUCCESS, archived_at=None),
    Shown.ARCHIVED: Q(archived_at__isnull=False),
}
_NOT_LOCKED = {
    "description",
    "search_text",
    "is_all_day",
    "notification_cooldown_seconds",
    "created_at",
    "updated_at",
}
# In the model's own order, which is how from_db() reads a row.
_LOCKED_COLUMNS = tuple(
    field.attname for field in Task._meta.concrete_fields if field.attname not in _NOT_LOCKED
)
_locked_row = CompiledQuery(_lock_query, task_id=UUID(int=1), user_id=1)
