"""Making, moving and deleting the sections of a project.

Which section a task stands in is changed in todos.py.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Project
from accounts.rules.names import given_name
from accounts.rules.principal import Principal
from tasks.models import Agenda, Section, Task
from tasks.operations.ordering import checked_gap
from tasks.operations.relocating import bring_runs_along
from tasks.queries.projects import writable_project
from tasks.rules.order import key_between
from tasktracker.core.errors import Forbidden, NotFound
from tasktracker.core.unset import UNSET, Unset, given


class OthersTasks(Forbidden):
    """A section with other people's tasks stays in its project."""

    default_message = "This section holds tasks of other people"


def create_section(*, principal: Principal, project_id: int, name: str, at: datetime) -> UUID:
    """Make a section behind the others of a project that the caller may write. Returns its id.

    Raises NotFound, BadName, NoRoom.
    """
    name = given_name(name)
    with transaction.atomic():
        project = _locked_project(principal, project_id)
        return Section.objects.create(
            project=project, name=name, order_key=_key(_others(project.pk), None, None), created_at=at
        ).pk


def edit_section(
    *,
    principal: Principal,
    project_id: int,
    section_id: UUID,
    at: datetime,
    name: str | Unset = UNSET,
    after: str | Unset | None = UNSET,
    before: str | Unset | None = UNSET,
    to_project_id: int | Unset = UNSET,
) -> None:
    """Rename a section, move it between two others, or move it with its tasks into another project.

    after, before: order keys; None is an end. In another project it comes last unless they say otherwise.
    Raises NotFound, BadName, BadOrderKey, NoRoom, OthersTasks.
    """
    changes: dict[str, Any] = {} if isinstance(name, Unset) else {"name": given_name(name)}
    with transaction.atomic():
        target_id = given(to_project_id, project_id)
        for place_id in sorted({project_id, target_id}):
            _locked_project(principal, place_id)
        section = _section(project_id, section_id)
        if target_id != project_id:
            _take_tasks_along(section, principal, target_id, at)
            changes["project_id"] = target_id
        if target_id != project_id or after is not UNSET or before is not UNSET:
            others = _others(target_id).exclude(pk=section_id)
            changes["order_key"] = _key(others, given(after, None), given(before, None))
        if changes:
            Section.objects.filter(pk=section_id).update(**changes)


def delete_section(*, principal: Principal, project_id: int, section_id: UUID) -> None:
    """Delete a section; its tasks stay in the project. Raises NotFound."""
    with transaction.atomic():
        _locked_project(principal, project_id)
        section = _section(project_id, section_id)
        Agenda.objects.filter(section=section).update(section=None)
        Section.objects.filter(pk=section.pk).delete()


def _locked_project(principal: Principal, project_id: int) -> Project:
    """Hold a project, so that its sections stand still."""
    project = writable_project(principal, project_id)
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _section(project_id: int, section_id: UUID) -> Section:
    """Lock a section: nobody puts a task into it meanwhile."""
    rows = Section.objects.filter(pk=section_id, project_id=project_id)
    section = rows.select_for_update().first()
    if section is None:
        raise NotFound("Section not found")
    return section


def _take_tasks_along(section: Section, principal: Principal, target_id: int, at: datetime) -> None:
    tasks = Task.objects.filter(agenda__section=section, project_id=section.project_id, deleted_at=None)
    if tasks.exclude(owner_id=principal.user_id).exists():
        raise OthersTasks
    ids = list(tasks.values_list("pk", flat=True))
    Task.objects.filter(pk__in=ids).update(project_id=target_id, updated_at=at)
    Task.objects.filter(parent__in=ids, project_id=section.project_id).update(
        project_id=target_id, updated_at=at
    )
    bring_runs_along(ids, target_id)


def _others(project_id: int) -> QuerySet[Section]:
    return Section.objects.filter(project_id=project_id)


def _key(others: QuerySet[Section], after: str | None, before: str | None) -> str:
    """Make the key right behind `after`, else right before `before`, else at the end."""
    after, before = checked_gap(after, before)
    keys = others.order_by("order_key").values_list("order_key", flat=True)
    if after is not None:
        following = [key for key in (keys.filter(order_key__gt=after).first(), before) if key]
        return key_between(after, min(following, default=None))
    preceding = keys if before is None else keys.filter(order_key__lt=before)
    return key_between(preceding.last(), before)
