"""The tasks that a person owns, whole, in a list by title. What is only shared with the person is not there.

Lists that begin with the newest are tasks.py; a list in its owner's order is todos.py.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Collate

from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.queries.tasks import visible_to, with_pending_occurrence
from tasks.rules.search import folded
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import NotFound

# By the characters' numbers on both databases: what a server's own locale makes of it, differs.
_BY_CHARACTER = {"sqlite": "BINARY", "postgresql": "C"}


def owned_task(principal: Principal, task_id: UUID) -> Task:
    """Find one task of the caller's own, with all that a list has. Raises NotFound."""
    task = _owned(principal).filter(pk=task_id).first()
    if task is None:
        raise NotFound
    return task


def owned_tasks(
    principal: Principal,
    *,
    status: Status | None = None,
    due_before: datetime | None = None,
    due_after: datetime | None = None,
    search: str = "",
) -> QuerySet[Task]:
    """List the caller's own tasks by title, then id; archived ones too, an agent's internal ones not.

    Each with its project, schedule, progress and pending_occurrence_id.  due_before, due_after: strict.
    search: a part of title or description, in any case.
    """
    rows = _owned(principal).exclude(brief__is_internal=True)
    if status is not None:
        rows = rows.filter(status=status)
    if due_before is not None:
        rows = rows.filter(due_at__lt=due_before)
    if due_after is not None:
        rows = rows.filter(due_at__gt=due_after)
    if search:
        rows = rows.filter(search_text__contains=folded(search))
    return rows.order_by(Collate("title", _BY_CHARACTER[connection.vendor]), "pk")


def _owned(principal: Principal) -> QuerySet[Task]:
    rows = visible_to(principal).filter(owner_id=principal.user_id)
    rows = rows.select_related("project", "schedule", "progress")
    return with_pending_occurrence(rows).defer("search_text", "progress__data")
