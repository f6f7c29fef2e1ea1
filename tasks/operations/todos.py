"""Making and changing to-dos: what a task says, where it stands, and what its owner notes to it, in one step.

A to-do is a task: completing, editing and deleting are the operations that every dialect uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.queries.accounts import lock_account, zone_of
from accounts.queries.projects import inbox_of
from accounts.rules.principal import Principal
from tasks.models import Agenda, Section, Tag, Task, TaskTag
from tasks.operations.editing import BadParent, create_task, edit_task
from tasks.operations.lifecycle import complete_task, uncomplete_task
from tasks.operations.ordering import Placement, key_at_end, key_for
from tasks.operations.placing import place_task
from tasks.operations.shelving import delete_families
from tasks.queries.projects import writable_project
from tasks.queries.todos import locked_todo, owned
from tasks.rules.deadlines import Due, DueChange, changed_due
from tasks.rules.recurrence import Recurrence, recurrence_problems
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.core.unset import UNSET, Unset, given


class UnknownTag(Invalid):
    """One of the tags is not the caller's."""

    def __init__(self) -> None:
        super().__init__(Problem("tags", "does_not_exist", "There is no such tag"))


class SectionWithoutProject(Invalid):
    """A section is named, but not the project that it is in."""

    def __init__(self) -> None:
        super().__init__(Problem("section_id", "needs_project", "A section needs its project."))


class CannotRecur(Invalid):
    """A sub-task does not come again by itself, and an end needs something that it ends."""

    def __init__(self, detail: str) -> None:
        super().__init__(Problem("recurrence", "cannot_recur", detail))


@dataclass(frozen=True, kw_only=True)
class TodoChange:
    """What a caller wants of a to-do; UNSET stays as it is.

    priority, color: "" is none. recurrence: without its `until`, which is a wish of its own. project_id: None
    is the Inbox. section_id: of the project that is named with it.
    """

    title: str | Unset = UNSET
    description: str | Unset = UNSET
    due: DueChange = field(default_factory=DueChange)
    is_completed: bool | Unset = UNSET
    priority: str | Unset = UNSET
    color: str | Unset = UNSET
    is_reminder_on: bool | Unset = UNSET
    recurrence: Recurrence | Unset | None = UNSET
    recurs_until: date | Unset | None = UNSET
    tag_ids: Sequence[UUID] | Unset = UNSET
    parent_id: UUID | Unset | None = UNSET
    project_id: int | Unset | None = UNSET
    section_id: UUID | Unset | None = UNSET
    placement: Placement = field(default_factory=Placement)


def create_todo(*, principal: Principal, wanted: TodoChange, at: datetime) -> UUID:
    """Make a task at the end of the caller's list; without a project in its parent's, else in the Inbox.

    Returns its id.
    Raises Invalid (problems named after TodoChange), BadParent, NotFound (project, section).
    """
    with transaction.atomic():
        lock_account(principal.user_id)
        parent_id = given(wanted.parent_id, None)
        if parent_id is not None:
            _require_parent(principal, parent_id)
        due = changed_due(Due(), wanted.due, zone=zone_of(principal.user_id))
        task = create_task(
            principal=principal,
            title=given(wanted.title, ""),
            description=given(wanted.description, ""),
            due_at=due.at,
            is_all_day=due.is_all_day,
            project_id=_project_id(principal, wanted.project_id) if wanted.project_id else None,
            parent_id=parent_id,
            at=at,
        )
        notes = {**_notes(principal, task, wanted), "order_key": key_at_end(principal.user_id)}
        Agenda.objects.create(task=task, owner_id=task.owner_id, **notes)
        _set_tags(principal, task.pk, wanted.tag_ids)
    return task.pk


def change_todo(*, principal: Principal, task_id: UUID, change: TodoChange, at: datetime) -> None:
    """Change one to-do.

    Raises NotFound (to-do, project, section), Invalid (problems named after TodoChange), BadParent,
    StakeBinds, StateConflict and others of complete_task() and uncomplete_task(). Nothing is changed then.
    """
    with transaction.atomic():
        lock_account(principal.user_id)
        _change(principal, task_id, change, at)


def change_todos(*, principal: Principal, task_ids: Sequence[UUID], change: TodoChange, at: datetime) -> int:
    """Change several to-dos alike, or none. Returns how many of those named are the caller's.

    Raises as change_todo(), but for the to-do itself.
    """
    with transaction.atomic():
        lock_account(principal.user_id)
        own = _own(principal, task_ids)
        for task_id in own:
            _change(principal, task_id, change, at)
    return len(own)


def delete_todo(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Delete one to-do and its sub-tasks. Raises NotFound, StakeBinds."""
    with transaction.atomic():
        delete_families(Task.objects.filter(pk=locked_todo(principal, task_id).pk), at)


def delete_todos(*, principal: Principal, task_ids: Sequence[UUID], at: datetime) -> int:
    """Delete several to-dos and their sub-tasks, or none. Returns how many of those named are the caller's.

    Raises StakeBinds.
    """
    with transaction.atomic():
        lock_account(principal.user_id)
        own = _own(principal, task_ids)
        delete_families(Task.objects.filter(pk__in=own), at)
    return len(own)


def _own(principal: Principal, task_ids: Sequence[UUID]) -> list[UUID]:
    """List those of these that are the caller's own, parents first, as completing locks them."""
    own = owned(principal).filter(pk__in=task_ids).order_by(F("parent").asc(nulls_first=True), "pk")
    return list(own.values_list("pk", flat=True))


# --- one change ---------------------------------------------------------------------------------------------
def _change(principal: Principal, task_id: UUID, change: TodoChange, at: datetime) -> None:
    if isinstance(change.parent_id, UUID):
        _require_parent(principal, change.parent_id)  # a parent's lock comes before its sub-task's
    task = locked_todo(principal, task_id)
    _edit(principal, task, change, at)
    _move(principal, task, change, at)
    _note(task, _notes(principal, task, change))
    _set_tags(principal, task.pk, change.tag_ids)
    if change.is_completed is True and task.status != Status.SUCCESS:
        complete_task(principal=principal, task_id=task.pk, at=at)
    elif change.is_completed is False and task.status == Status.SUCCESS:
        uncomplete_task(principal=principal, task_id=task.pk, at=at)


def _edit(principal: Principal, task: Task, change: TodoChange, at: datetime) -> None:
    values: dict[str, Any] = {"title": change.title, "description": change.description}
    if not change.due.is_empty:
        before = Due(task.due_at, task.is_all_day)
        due = changed_due(before, change.due, zone=zone_of(principal.user_id))
        values |= {"due_at": due.at, "is_all_day": due.is_all_day}
    if any(value is not UNSET for value in values.values()):
        edit_task(principal=principal, task_id=task.pk, at=at, **values)


def _move(principal: Principal, task: Task, change: TodoChange, at: datetime) -> None:
    """Put a task under another parent, or with its sub-tasks into another project."""
    project_id: int | Unset = UNSET
    if not isinstance(change.project_id, Unset):
        project_id = _project_id(principal, change.project_id)
    place_task(task, parent_id=change.parent_id, project_id=project_id, at=at)


def _require_parent(principal: Principal, parent_id: UUID) -> None:
    """Lock a parent and check that it is the caller's own, and a parent. Raises BadParent."""
    try:
        parent = locked_todo(principal, parent_id)
    except NotFound:
        raise BadParent("does_not_exist", "There is no such task.") from None
    if parent.parent_id is not None:
        raise BadParent("nested", "A sub-task cannot have sub-tasks.")


def _project_id(principal: Principal, project_id: int | Unset | None) -> int:
    if isinstance(project_id, Unset) or project_id is None:
        return inbox_of(principal.user_id).pk
    return writable_project(principal, project_id).pk


# --- notes --------------------------------------------------------------------------------------------------
def _notes(principal: Principal, task: Task, change: TodoChange) -> dict[str, Any]:
    """Write a change as columns of the agenda."""
    wanted = {
        "priority": change.priority,
        "color": change.color,
        "is_reminder_on": change.is_reminder_on,
        **_section(task, change),
        **_recurrence(task, change),
    }
    if not change.placement.is_empty:
        wanted["order_key"] = key_for(principal.user_id, task.pk, change.placement)
    return {name: value for name, value in wanted.items() if value is not UNSET}


def _section(task: Task, change: TodoChange) -> dict[str, Any]:
    """Check a section, and hold it; one who moves to another project leaves the old one's section."""
    if isinstance(change.section_id, UUID):
        if isinstance(change.project_id, Unset):
            raise SectionWithoutProject
        sections = Section.objects.filter(pk=change.section_id, project_id=task.project_id)
        if not sections.select_for_update(no_key=True).exists():
            raise NotFound("Section not found")
    elif isinstance(change.section_id, Unset) and isinstance(change.project_id, Unset):
        return {}
    return {"section_id": change.section_id or None}


def _recurrence(task: Task, change: TodoChange) -> dict[str, Any]:
    rule, until = change.recurrence, change.recurs_until
    if rule is UNSET and until is UNSET and not change.parent_id:
        return {}
    recurs = rule is not None if not isinstance(rule, Unset) else _recurs(task)
    if recurs and task.parent_id is not None:
        raise CannotRecur("A sub-task does not come again by itself.")
    if until and not recurs:
        raise CannotRecur("An end needs something that comes again.")
    columns: dict[str, Any] = {"recurrence_until": until if recurs else None}
    if rule is None:
        return {**columns, "recurrence_pattern": "", "recurrence_interval": None}
    if isinstance(rule, Recurrence):
        problems = list(recurrence_problems(rule))
        if problems:
            raise Invalid(*problems)
        return {**columns, "recurrence_pattern": rule.pattern, "recurrence_interval": rule.interval}
    return columns if recurs else {}


def _recurs(task: Task) -> bool:
    rows = Agenda.objects.filter(pk=task.pk, owner_id=task.owner_id)
    return rows.exclude(recurrence_pattern="").exists()


def _note(task: Task, notes: dict[str, Any]) -> None:
    """Write columns of a task's agenda; one that an owner before has left says nothing any more."""
    if not notes or Agenda.objects.filter(pk=task.pk, owner_id=task.owner_id).update(**notes):
        return
    Agenda.objects.filter(pk=task.pk).delete()
    Agenda.objects.create(task=task, owner_id=task.owner_id, **notes)


def _set_tags(principal: Principal, task_id: UUID, tag_ids: Sequence[UUID] | Unset) -> None:
    """Let a task have these tags and no others. Raises UnknownTag."""
    if isinstance(tag_ids, Unset):
        return
    wanted = set(tag_ids)
    own = Tag.objects.filter(owner_id=principal.user_id, pk__in=wanted)
    if own.count() != len(wanted):
        raise UnknownTag
    TaskTag.objects.filter(task=task_id).exclude(tag__in=wanted).delete()
    TaskTag.objects.bulk_create(
        [TaskTag(task_id=task_id, tag_id=tag_id) for tag_id in wanted], ignore_conflicts=True
    )
