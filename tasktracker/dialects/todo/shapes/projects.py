"""The bodies of projects and their sections. What they may be is decided in accounts and tasks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

from accounts.rules.names import NAME_MAX_LENGTH
from tasks.queries.projects import OwnProject
from tasks.queries.sections import OwnSection
from tasks.queries.todos import Todo
from tasks.rules.order import MAX_GIVEN_KEY
from tasks.rules.planning import ViewMode
from tasktracker.core.unset import UNSET
from tasktracker.dialects.todo.shapes.todos import LARGEST_NUMBER, TodoOut, todo_out
from tasktracker.http.fields import Flag, Text, WholeNumber

_NAME_INPUT = 4 * NAME_MAX_LENGTH  # the domain trims it, and says what is too long


# --- in -----------------------------------------------------------------------------------------------------
class DisplayShape(serializers.Serializer[Any]):
    """Both ways."""

    viewMode = serializers.ChoiceField([str(mode) for mode in ViewMode])  # noqa: N815


class NewProjectIn(serializers.Serializer[Any]):
    """Exactly one of `personal: true` and workspaceId, an organization that you manage."""

    name = Text(max_length=_NAME_INPUT)
    personal = Flag(default=False)
    workspaceId = WholeNumber(  # noqa: N815
        min_value=1, max_value=LARGEST_NUMBER, allow_null=True, default=None
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["personal"] == (attrs["workspaceId"] is not None):
            text = "Send exactly one of personal: true and workspaceId"
            raise serializers.ValidationError(text, code="one_of")
        return attrs


class ProjectIn(serializers.Serializer[Any]):
    name = Text(max_length=_NAME_INPUT, required=False)
    taskDisplayPreferences = DisplayShape(allow_null=True, required=False)  # noqa: N815

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Send at least one field to update", code="empty")
        return attrs


class NewSectionIn(serializers.Serializer[Any]):
    name = Text(max_length=_NAME_INPUT)


class SectionIn(serializers.Serializer[Any]):
    """prevIndex, nextIndex: the keys to stand between; null is an end. projectId: where it moves to."""

    name = Text(max_length=_NAME_INPUT, required=False)
    prevIndex = Text(max_length=MAX_GIVEN_KEY, allow_null=True, required=False, source="after")  # noqa: N815
    nextIndex = Text(max_length=MAX_GIVEN_KEY, allow_null=True, required=False, source="before")  # noqa: N815
    projectId = WholeNumber(  # noqa: N815
        min_value=1, max_value=LARGEST_NUMBER, required=False, source="to_project_id"
    )


def project_change(said: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a checked change into what the domain takes."""
    display = said.get("taskDisplayPreferences", UNSET)
    return {
        "name": said.get("name", UNSET),
        "view_mode": ViewMode(display["viewMode"]) if display else display,
    }


# --- out ----------------------------------------------------------------------------------------------------
class ProjectOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    personal = serializers.BooleanField()
    slug = serializers.CharField()
    isDefault = serializers.BooleanField()  # noqa: N815
    taskDisplayPreferences = DisplayShape(allow_null=True)  # noqa: N815


class FullProjectOut(ProjectOut):
    todos = TodoOut(many=True)


class BareSectionOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    sortKey = serializers.CharField()  # noqa: N815
    projectId = serializers.IntegerField()  # noqa: N815


class SectionOut(BareSectionOut):
    todos = TodoOut(many=True)


class DetailedProjectOut(FullProjectOut):
    sections = BareSectionOut(many=True)


class ProjectsOut(serializers.Serializer[Any]):
    projects = ProjectOut(many=True)


class PersonalProjectsOut(serializers.Serializer[Any]):
    personalProjects = FullProjectOut(many=True)  # noqa: N815


class InboxOut(serializers.Serializer[Any]):
    inbox = FullProjectOut()


class OneProjectOut(serializers.Serializer[Any]):
    project = DetailedProjectOut()


class ChangedProjectOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    project = ProjectOut()


class SectionsOut(serializers.Serializer[Any]):
    sections = SectionOut(many=True)


class NewSectionOut(serializers.Serializer[Any]):
    msg = serializers.CharField()
    section = BareSectionOut()


class ChangedSectionOut(serializers.Serializer[Any]):
    msg = serializers.CharField()
    updatedSection = BareSectionOut()  # noqa: N815


def project_out(project: OwnProject) -> dict[str, Any]:
    """Show a project alone."""
    return {
        "id": project.id,
        "name": project.name,
        "personal": project.is_personal,
        "slug": project.slug,
        "isDefault": project.is_default,
        "taskDisplayPreferences": {"viewMode": project.view_mode} if project.view_mode else None,
    }


def full_projects_out(
    projects: Iterable[OwnProject], todos: Iterable[Todo], zone: ZoneInfo
) -> list[dict[str, Any]]:
    """Show projects, each with those of the to-dos that are in it."""
    inside = _shown(todos, zone, lambda todo: todo.project_id)
    return [{**project_out(project), "todos": inside[project.id]} for project in projects]


def section_out(section: OwnSection) -> dict[str, Any]:
    """Show a section alone."""
    return {
        "id": str(section.id),
        "name": section.name,
        "sortKey": section.order_key,
        "projectId": section.project_id,
    }


def full_sections_out(
    sections: Iterable[OwnSection], todos: Iterable[Todo], zone: ZoneInfo
) -> list[dict[str, Any]]:
    """Show sections, each with those of the to-dos that are in it."""
    inside = _shown(todos, zone, lambda todo: todo.section_id)
    return [{**section_out(section), "todos": inside[section.id]} for section in sections]


def _shown(
    todos: Iterable[Todo], zone: ZoneInfo, place_of: Callable[[Todo], object]
) -> defaultdict[object, list[dict[str, Any]]]:
    inside: defaultdict[object, list[dict[str, Any]]] = defaultdict(list)
    for todo in todos:
        inside[place_of(todo)].append(todo_out(todo, zone))
    return inside
