"""One thing done to several tasks: to all of them, or to none.

What is done to each is lifecycle.py, shelving.py and todos.py (docs/adr/0055-tasks-in-bulk.md).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.queries.accounts import lock_account
from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.operations.editing import NoSuchProject
from tasks.operations.lifecycle import complete_task
from tasks.operations.shelving import archive_task, delete_families
from tasks.operations.todos import TodoChange, change_todo
from tasks.queries.tasks import locked, require_all_tasks, visible_to
from tasks.rules.binding import OwnerOnly, require_unbound
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import Conflict, DomainError, Invalid, NotFound, Problem

MOST: Final = 100


class NotAllDone(Conflict):
    """One of the tasks refused, so nothing was done to any."""

    def __init__(self, title: str, refusal: DomainError) -> None:
        name = title.strip() or "Untitled"
        super().__init__(f"“{name}”: {refusal.message} Nothing was changed.")


class NotAllThere(Conflict):
    """One of the tasks is absent or foreign: which, is not said."""

    default_message = "One of these tasks is not there any more. Nothing was changed."


def complete_tasks(*, principal: Principal, task_ids: Sequence[UUID], at: datetime) -> int:
    """Complete tasks; those that are completed already, or with their parent among these, stay as they are.

    Returns how many there are. Raises NotAllThere, NotAllDone, Invalid (none, or too many), Forbidden.
    """

    def complete(task: Task) -> None:
        if locked(principal, task.pk).status != Status.SUCCESS:
            complete_task(principal=principal, task_id=task.pk, at=at)

    return _each(principal, task_ids, complete)


def archive_tasks(*, principal: Principal, task_ids: Sequence[UUID], at: datetime) -> int:
    """Archive tasks. Returns and raises as complete_tasks()."""
    return _each(principal, task_ids, lambda task: archive_task(principal=principal, task_id=task.pk, at=at))


def move_tasks(*, principal: Principal, task_ids: Sequence[UUID], project_id: int, at: datetime) -> int:
    """Put the caller's own tasks into another project.

    Returns and raises as complete_tasks(); also NoSuchProject.
    """

    def move(task: Task) -> None:
        if task.owner_id != principal.user_id:
            raise OwnerOnly("Only its owner can move it.")
        try:
            change_todo(principal=principal, task_id=task.pk, change=TodoChange(project_id=project_id), at=at)
        except NotFound:
            raise NoSuchProject from None

    return _each(principal, task_ids, move)


def delete_tasks(*, principal: Principal, task_ids: Sequence[UUID], at: datetime) -> int:
    """Delete tasks with their sub-tasks. Returns and raises as complete_tasks()."""
    with transaction.atomic():
        lock_account(principal.user_id)
        tasks = _found(principal, task_ids)
        for task in tasks:
            with _named(task):
                require_unbound(status=task.status, stake_cents=task.stake_cents)
        delete_families(Task.objects.filter(pk__in=[task.pk for task in tasks]), at)
    return len(tasks)


def _each(principal: Principal, task_ids: Sequence[UUID], change: Callable[[Task], Any]) -> int:
    with transaction.atomic():
        lock_account(principal.user_id)  # before any task's, as everywhere
        tasks = _found(principal, task_ids)
        for task in tasks:
            with _named(task):
                change(task)
    return len(tasks)


@contextmanager
def _named(task: Task) -> Iterator[None]:
    """Say which task it was that refused."""
    try:
        yield
    except NoSuchProject:
        raise
    except (Conflict, Invalid) as refusal:
        raise NotAllDone(task.title, refusal) from refusal


def _found(principal: Principal, task_ids: Sequence[UUID]) -> list[Task]:
    """Read these tasks, parents first, as completing locks them."""
    require_all_tasks(principal)
    wanted = set(task_ids)
    if not 0 < len(wanted) <= MOST:
        raise Invalid(Problem("task", "number", f"Choose from 1 to {MOST} tasks."))
    rows = visible_to(principal).filter(pk__in=wanted).order_by(F("parent").asc(nulls_first=True), "pk")
    tasks = list(rows.only("title", "status", "stake_cents", "owner_id", "parent_id"))
    if len(tasks) != len(wanted):
        raise NotAllThere
    return tasks
