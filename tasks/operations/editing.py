"""Making a task and changing what it says.

Putting it away is shelving.py; its schedule alone is schedules.py; money is put on it in charges.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.queries.projects import inbox_of, project_visible_to
from accounts.rules.principal import Principal
from accounts.rules.scopes import PROJECT_KEY
from tasks.models import Task
from tasks.operations.schedules import start_schedule
from tasks.queries.tasks import locked, require_all_tasks
from tasks.rules.binding import Terms, require_own_risk, require_terms_kept
from tasks.rules.limits import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    cooldown_problems,
    deadline_problems,
    text_problems,
)
from tasks.rules.schedule import Plan
from tasks.rules.search import folded
from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.core.unset import UNSET, Unset


class NoSuchProject(Invalid):
    """The project is absent, or the caller may not write it."""

    def __init__(self) -> None:
        super().__init__(Problem("project_id", "does_not_exist", "There is no such project."))


class BadParent(Invalid):
    """The parent cannot have this sub-task."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(Problem("parent_id", code, detail))


def create_task(
    *,
    principal: Principal,
    at: datetime,
    title: str,
    description: str = "",
    due_at: datetime | None = None,
    is_all_day: bool = False,
    notification_cooldown_seconds: int | None = None,
    project_id: int | None = None,
    parent_id: UUID | None = None,
    schedule: Plan | None = None,
) -> Task:
    """Make a pending task that the caller owns.

    title: may be blank, which some dialects allow. due_at: aware. project_id: None = the parent's project,
    else the caller's Inbox. schedule: fires from the first slot after `at`.
    Raises Invalid (problems on these names, schedule's as "schedule.<field>"), NoSuchProject, BadParent,
    Forbidden (a credential for single tasks).
    """
    require_all_tasks(principal)
    values: dict[str, Any] = {
        "title": title,
        "description": description,
        "due_at": due_at,
        "is_all_day": is_all_day,
        "notification_cooldown_seconds": notification_cooldown_seconds,
    }
    _require_valid(values)
    with transaction.atomic():
        parent = None if parent_id is None else locked_parent(principal, parent_id)
        if project_id is None and parent is not None:
            project_id = parent.project_id
        task = Task.objects.create(
            **values,
            search_text=folded(title, description),
            parent=parent,
            project_id=chosen_project_id(principal, project_id),
            owner_id=principal.user_id,
            created_at=at,
            updated_at=at,
        )
        if schedule is not None:
            start_schedule(task, schedule, at)
    return task


def edit_task(
    *,
    principal: Principal,
    task_id: UUID,
    at: datetime,
    title: str | Unset = UNSET,
    description: str | Unset = UNSET,
    due_at: datetime | Unset | None = UNSET,
    is_all_day: bool | Unset = UNSET,
    notification_cooldown_seconds: int | Unset | None = UNSET,
) -> Task:
    """Change what a task says; what is UNSET stays.

    Raises NotFound, Forbidden, Invalid (problems on these names), StakeBinds (it would make it easier),
    OwnerOnly (it would make a stake harder to keep).
    """
    wanted = {
        "title": title,
        "description": description,
        "due_at": due_at,
        "is_all_day": is_all_day,
        "notification_cooldown_seconds": notification_cooldown_seconds,
    }
    changes = {name: value for name, value in wanted.items() if not isinstance(value, Unset)}
    _require_valid(changes)
    with transaction.atomic():
        task = locked(principal, task_id)
        task.refresh_from_db()
        before = _terms(task)
        for name, value in changes.items():
            setattr(task, name, value)
        after = _terms(task)
        require_terms_kept(before, after, status=task.status, at=at)
        is_owner = principal.user_id == task.owner_id and principal.kind != PROJECT_KEY
        require_own_risk(before, after, is_owner=is_owner)
        task.search_text, task.updated_at = folded(task.title, task.description), at
        task.save(update_fields=[*changes, "search_text", "updated_at"])
    return task


def _terms(task: Task) -> Terms:
    return Terms(task.title, task.description, task.due_at, task.stake_cents)


def _require_valid(values: dict[str, Any]) -> None:
    problems = list(_problems(values))
    if problems:
        raise Invalid(*problems)


def _problems(values: dict[str, Any]) -> Iterator[Problem]:
    yield from text_problems("title", values.get("title", ""), MAX_TITLE)
    yield from text_problems("description", values.get("description", ""), MAX_DESCRIPTION)
    yield from deadline_problems(values.get("due_at"))
    yield from cooldown_problems(values.get("notification_cooldown_seconds"))


def chosen_project_id(principal: Principal, wanted: int | None) -> int:
    """Find the project that a task goes to; None is the caller's Inbox. Raises NoSuchProject."""
    chosen = principal.project_id if wanted is None else wanted
    if chosen is None:
        return inbox_of(principal.user_id).pk
    try:
        return project_visible_to(principal, project_id=chosen).pk
    except NotFound:
        raise NoSuchProject from None


def locked_parent(principal: Principal, parent_id: UUID) -> Task:
    """Lock a parent, so that it is not deleted meanwhile. Inside a transaction. Raises BadParent."""
    try:
        parent = locked(principal, parent_id)
    except NotFound:
        raise BadParent("does_not_exist", "There is no such task.") from None
    if parent.parent_id is not None:
        raise BadParent("nested", "A sub-task cannot have sub-tasks.")
    return parent
