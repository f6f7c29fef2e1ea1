"""Making and changing tasks for agents: the task itself and its brief, in one transaction.

What a stake forbids is decided where every dialect goes through: editing.py and shelving.py.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import transaction

from accounts.models import Project
from accounts.rules.principal import Principal
from tasks.models import Brief, Task
from tasks.operations.editing import create_task, edit_task
from tasks.operations.shelving import archive_task, unarchive_task
from tasks.rules.briefs import Origin, brief_problems, made_title, normal_repository
from tasktracker.core.errors import Invalid
from tasktracker.core.unset import UNSET, Unset, given


@dataclass(frozen=True, kw_only=True, slots=True)
class BriefChange:
    """What is to be changed of a task and its brief; what is UNSET stays.

    is_title_given: a title that comes without it counts as given. json_schema: an object; None = anything.
    """

    title: str | Unset = UNSET
    is_title_given: bool | Unset = UNSET
    description: str | Unset = UNSET
    repository: str | Unset | None = UNSET
    json_schema: Any = UNSET
    ci_prompt: str | Unset | None = UNSET
    is_internal: bool | Unset = UNSET
    is_archived: bool | Unset = UNSET


@dataclass(frozen=True, kw_only=True, slots=True)
class NewBrief(BriefChange):
    """What a new task for an agent is to be."""

    origin: Origin = Origin.USER_CREATED
    signal_report: UUID | None = None


_OF_BRIEF: Final = ("repository", "json_schema", "ci_prompt", "is_internal")


def create_briefed_task(*, principal: Principal, wanted: NewBrief, at: datetime) -> UUID:
    """Make a task with the next number of its project; the caller owns it.

    principal: narrowed to the project. Without a title one is made of the description, where there is one.
    Raises Invalid (problems named as the columns), NoSuchProject, Forbidden.
    """
    columns = _columns(wanted)
    description = given(wanted.description, "")
    title = given(wanted.title, "")
    is_made = not title.strip() and bool(description)
    with transaction.atomic():
        task = create_task(
            principal=principal,
            title=made_title(description) if is_made else title,
            description=description,
            at=at,
        )
        if wanted.is_archived is True:
            Task.objects.filter(pk=task.pk).update(archived_at=at)
        is_title_given = given(wanted.is_title_given, bool(title.strip())) and not is_made
        _add_brief(
            task,
            **columns,
            is_title_given=is_title_given,
            origin=wanted.origin,
            signal_report=wanted.signal_report,
        )
    return task.pk


def edit_briefed_task(*, principal: Principal, task_id: UUID, change: BriefChange, at: datetime) -> None:
    """Change a task and its brief; one that was made elsewhere gets a brief, and so a number.

    Raises NotFound, Forbidden, Invalid (problems named as the columns), StakeBinds, OwnerOnly.
    """
    columns = _columns(change)
    has_title = not isinstance(change.title, Unset)
    is_title_given = given(change.is_title_given, True if has_title else UNSET)
    if not isinstance(is_title_given, Unset):
        columns["is_title_given"] = is_title_given
    with transaction.atomic():
        task = edit_task(
            principal=principal, task_id=task_id, title=change.title, description=change.description, at=at
        )
        if change.is_archived is True:
            archive_task(principal=principal, task_id=task_id, at=at)
        elif change.is_archived is False:
            unarchive_task(principal=principal, task_id=task_id, at=at)
        ensure_brief(task)
        if columns:
            Brief.objects.filter(task=task).update(**columns)


def ensure_brief(task: Task) -> None:
    """Give a locked task a brief where it has none, and a number in its project where it has none there."""
    placed = Brief.objects.filter(task=task).values_list("project_id", flat=True).first()
    if placed is None:
        _add_brief(task, is_title_given=bool(task.title))
    elif placed != task.project_id:
        number = _next_number(task.project_id)
        Brief.objects.filter(task=task).update(project_id=task.project_id, number=number)


def _add_brief(task: Task, **values: Any) -> None:
    number = _next_number(task.project_id)
    Brief.objects.create(task=task, project_id=task.project_id, number=number, **values)


def _next_number(project_id: int) -> int:
    """Find the next number of a project, and hold the project until the transaction ends."""
    Project.objects.select_for_update(no_key=True).only("pk").get(pk=project_id)
    taken = Brief.objects.filter(project=project_id).order_by("-number").values_list("number", flat=True)
    largest = taken.first()
    return 0 if largest is None else largest + 1


def _columns(wanted: BriefChange) -> dict[str, Any]:
    """Read what is to be written on the brief. Raises Invalid."""
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted) if field.name in _OF_BRIEF}
    columns = {name: value for name, value in values.items() if not isinstance(value, Unset)}
    if "repository" in columns:
        columns["repository"] = normal_repository(columns["repository"])
    problems = list(brief_problems(columns))
    if problems:
        raise Invalid(*problems)
    if columns.get("json_schema") is not None:
        columns["json_schema"] = orjson.dumps(columns["json_schema"]).decode()
    return columns
