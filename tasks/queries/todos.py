"""To-dos: the tasks that a person owns, with what the person noted to them. One list per account.

Who else may reach a task is decided in tasks.py; here a team-mate's task is not there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.rules.principal import Principal
from tasks.models import Task, TaskTag
from tasks.queries.tasks import locked
from tasks.rules.order import key_of_id
from tasks.rules.search import folded
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import NotFound

SEARCH_LIMIT = 20
_NO_TODO = "Todo not found"
_FEW = 500  # so many tasks are named in a statement; beyond, the account's tags are read whole


@dataclass(frozen=True, slots=True)
class TagOnTask:
    """A tag, as it stands on a task."""

    id: UUID
    name: str
    color: str


@dataclass(slots=True, kw_only=True)
class Todo:
    """A task as its owner plans it.

    parent_id: only of an own parent. section_id: only of a section of the task's project. priority, color: ""
    is none. children: in the order of the list, own ones only.
    """

    id: UUID
    title: str
    description: str
    status: str
    due_at: datetime | None
    is_all_day: bool
    completed_at: datetime | None
    parent_id: UUID | None
    project_id: int
    section_id: UUID | None
    order_key: str
    priority: str
    color: str
    is_reminder_on: bool
    recurrence_pattern: str
    recurrence_interval: int | None
    recurrence_until: date | None
    tags: Sequence[TagOnTask] = ()
    children: list["Todo"] = field(default_factory=list)

    @property
    def is_completed(self) -> bool:
        return self.status == Status.SUCCESS


def todo_of(principal: Principal, *, task_id: UUID) -> Todo:
    """Read one own task, archived or not. Raises NotFound."""
    found = _assembled(principal.user_id, owned(principal).filter(pk=task_id))
    if not found:
        raise NotFound(_NO_TODO)
    return found[0]


def todos_of(
    principal: Principal,
    *,
    is_completed: bool | None = None,
    tag_ids: Sequence[UUID] | None = None,
    project_ids: Sequence[int] | None = None,
) -> list[Todo]:
    """List own tasks in the order of the list; archived ones are left out.

    A sub-task stands inside its parent; alone where its parent is not in the list.
    is_completed: True lists by completion, the newest first. tag_ids: tasks with at least one of these tags.
    """
    rows = owned(principal).filter(archived_at=None)
    if is_completed is not None:
        rows = rows.filter(Q(status=Status.SUCCESS) if is_completed else ~Q(status=Status.SUCCESS))
    if tag_ids is not None:
        tagged = TaskTag.objects.filter(tag__in=tag_ids, tag__owner_id=principal.user_id)
        rows = rows.filter(pk__in=tagged.values("task_id"))
    if project_ids is not None:
        rows = rows.filter(project__in=project_ids)
    found = _assembled(principal.user_id, rows)
    listed = {todo.id for todo in found}
    todos = [todo for todo in found if todo.parent_id not in listed]
    if is_completed:
        todos.sort(key=lambda todo: (todo.completed_at, todo.id), reverse=True)
    return todos


def found_todos(principal: Principal, *, text: str) -> list[Todo]:
    """List the newest 20 own tasks whose title or description has this text, in any case; sub-tasks too."""
    rows = owned(principal).filter(archived_at=None, search_text__contains=folded(text))
    newest = list(rows.order_by("-pk").values_list("pk", flat=True)[:SEARCH_LIMIT])
    found = {todo.id: todo for todo in _assembled(principal.user_id, owned(principal).filter(pk__in=newest))}
    return [found[task_id] for task_id in newest if task_id in found]


def locked_todo(principal: Principal, task_id: UUID) -> Task:
    """Fetch and lock one own task for a change, as tasks.locked() does. Raises NotFound, Forbidden."""
    try:
        task = locked(principal, task_id)
    except NotFound:
        raise NotFound(_NO_TODO) from None
    if task.owner_id != principal.user_id:
        raise NotFound(_NO_TODO)
    return task


def owned(principal: Principal) -> QuerySet[Task]:
    """List the tasks that the caller owns and has not deleted, wherever they are."""
    return Task.objects.filter(owner_id=principal.user_id, deleted_at=None)


# --- assembling ---------------------------------------------------------------------------------------------
_TASK = ("pk", "title", "description", "status", "due_at", "is_all_day", "completed_at", "project_id")
_PARENT = ("parent_id", "parent__owner_id")
_SECTION = ("agenda__owner_id", "agenda__section_id", "agenda__section__project_id")
_NOTES = (
    *("agenda__order_key", "agenda__priority", "agenda__color", "agenda__is_reminder_on"),
    *("agenda__recurrence_pattern", "agenda__recurrence_interval", "agenda__recurrence_until"),
)
_NOTHING_NOTED = (None, "", "", False, "", None, None)


def _assembled(user_id: int, rows: QuerySet[Task]) -> list[Todo]:
    """Read these tasks with their sub-tasks and tags: three statements, however many they are."""
    found = _read(user_id, rows)
    children = _read(user_id, _children(user_id, rows, [todo.id for todo in found]))
    tags = _tags(user_id, [todo.id for todo in (*found, *children)])
    by_id = {todo.id: todo for todo in found}
    for todo in (*found, *children):
        todo.tags = tags.get(todo.id, ())
    for child in children:
        if child.parent_id in by_id:
            by_id[child.parent_id].children.append(child)
    return found


def _children(user_id: int, rows: QuerySet[Task], found: Sequence[UUID]) -> QuerySet[Task]:
    children = Task.objects.filter(deleted_at=None, archived_at=None)
    if len(found) <= _FEW:
        return children.filter(parent__in=found)  # SQLite would rather walk through all that its owner has
    return children.filter(parent__in=rows.order_by().values("pk"), owner_id=user_id)


def _read(user_id: int, rows: QuerySet[Task]) -> list[Todo]:
    columns = (*_TASK, *_PARENT, *_SECTION, *_NOTES)
    own = (row for row in rows.order_by().values_list("owner_id", *columns) if row[0] == user_id)
    read = [_todo(user_id, row[1:]) for row in own]
    read.sort(key=lambda todo: (todo.order_key, todo.id))  # ASCII: as its bytes
    return read


def _todo(user_id: int, row: tuple[Any, ...]) -> Todo:
    task_id, title, description, status, due_at, is_all_day, completed_at, project_id, *related = row
    parent_id, parent_owner_id, agenda_owner_id, section_id, section_project_id, *notes = related
    is_own = agenda_owner_id == user_id
    order_key, priority, color, is_reminder_on, pattern, interval, until = notes if is_own else _NOTHING_NOTED
    return Todo(
        id=task_id,
        title=title,
        description=description,
        status=status,
        due_at=due_at,
        is_all_day=is_all_day,
        completed_at=completed_at,
        parent_id=parent_id if parent_owner_id == user_id else None,
        project_id=project_id,
        section_id=section_id if is_own and section_project_id == project_id else None,
        order_key=order_key or key_of_id(task_id),
        priority=priority,
        color=color,
        is_reminder_on=is_reminder_on,
        recurrence_pattern=pattern,
        recurrence_interval=interval,
        recurrence_until=until,
    )


def _tags(user_id: int, task_ids: Iterable[UUID]) -> dict[UUID, list[TagOnTask]]:
    """Read the tags of these tasks, by name."""
    named = list(task_ids)
    rows = TaskTag.objects.filter(tag__owner_id=user_id)
    if len(named) <= _FEW:
        rows = rows.filter(task__in=named)
    found: defaultdict[UUID, list[TagOnTask]] = defaultdict(list)
    columns = ("task_id", "tag_id", "tag__name", "tag__color")
    for task_id, *tag in rows.order_by().values_list(*columns):
        found[task_id].append(TagOnTask(*tag))
    for tags in found.values():
        tags.sort(key=lambda tag: tag.name)  # here, as the databases do it each in its own way
    return found
