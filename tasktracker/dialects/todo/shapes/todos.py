"""The bodies of to-dos, and the one deadline as this dialect tells it: dueDate, dueTime, isAllDay.

What the values mean is decided in tasks.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from rest_framework import serializers

from tasks.operations.ordering import Placement
from tasks.operations.todos import TodoChange
from tasks.queries.todos import Todo
from tasks.rules.deadlines import DueChange
from tasks.rules.limits import MAX_DESCRIPTION, MAX_TITLE
from tasks.rules.order import MAX_GIVEN_KEY
from tasks.rules.planning import Priority, is_color
from tasks.rules.recurrence import MAX_RECURRENCE_INTERVAL, Pattern, Recurrence
from tasktracker.core.unset import UNSET
from tasktracker.dialects.todo.shapes.answers import moment
from tasktracker.http.fields import Day, Flag, Id, IdList, Moment, Text, WholeNumber

LARGEST_NUMBER: Final = 2**63 - 1


# --- in -----------------------------------------------------------------------------------------------------
class Color(Text):
    """A colour in hex, as style sheets write it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=9, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text and not is_color(text):
            raise serializers.ValidationError("Give a colour as #rrggbb.", code="invalid_color")
        return text


class RuleShape(serializers.Serializer[Any]):
    """Both ways: every `interval` days, weeks, months or years."""

    pattern = serializers.ChoiceField([str(pattern) for pattern in Pattern])
    interval = WholeNumber(min_value=1, max_value=MAX_RECURRENCE_INTERVAL, default=1)


class PlanIn(serializers.Serializer[Any]):
    """What several to-dos can be given at once."""

    priority = serializers.ChoiceField(
        [str(priority) for priority in Priority], allow_null=True, required=False
    )
    dueDate = Day(allow_null=True, required=False)  # noqa: N815  # the document's spelling, as below
    dueTime = Moment(allow_null=True, required=False)  # noqa: N815
    isAllDay = Flag(allow_null=True, required=False)  # noqa: N815
    reminder = Flag(required=False)
    tags = IdList(is_text_split=True, allow_null=True, required=False)
    projectId = WholeNumber(  # noqa: N815
        min_value=1, max_value=LARGEST_NUMBER, allow_null=True, required=False
    )
    projectSectionId = Id(allow_null=True, required=False)  # noqa: N815


class BulkIn(PlanIn):
    completed = Flag(required=False)


class TodoIn(PlanIn):
    """dueTime carries its own day and wins over dueDate. projectSectionId needs projectId."""

    title = Text(max_length=MAX_TITLE)
    description = Text(max_length=MAX_DESCRIPTION, allow_blank=True, allow_null=True, required=False)
    color = Color(allow_blank=True, allow_null=True, required=False)
    parentId = Id(allow_null=True, required=False)  # noqa: N815
    recurrenceRule = RuleShape(allow_null=True, required=False)  # noqa: N815
    recurrenceEndDate = Day(allow_null=True, required=False)  # noqa: N815


class TodoChangeIn(TodoIn):
    """Any of it. prevIndex, nextIndex: the keys to stand between; null is the list's end."""

    title = Text(max_length=MAX_TITLE, required=False)
    completed = Flag(required=False)
    sortKey = Text(max_length=MAX_GIVEN_KEY, required=False)  # noqa: N815
    prevIndex = Text(max_length=MAX_GIVEN_KEY, allow_null=True, required=False)  # noqa: N815
    nextIndex = Text(max_length=MAX_GIVEN_KEY, allow_null=True, required=False)  # noqa: N815


def change_of(said: Mapping[str, Any]) -> TodoChange:
    """Turn a checked body into what the domain takes. Null is "none", or what there is by default."""
    rule = said.get("recurrenceRule", UNSET)
    return TodoChange(
        title=said.get("title", UNSET),
        description=_text(said, "description"),
        due=DueChange(
            day=said.get("dueDate", UNSET),
            moment=said.get("dueTime", UNSET),
            is_all_day=UNSET if said.get("isAllDay") is None else said["isAllDay"],
        ),
        is_completed=said.get("completed", UNSET),
        priority=_text(said, "priority"),
        color=_text(said, "color"),
        is_reminder_on=said.get("reminder", UNSET),
        recurrence=Recurrence(Pattern(rule["pattern"]), rule["interval"]) if rule else rule,
        recurs_until=said.get("recurrenceEndDate", UNSET),
        tag_ids=(said["tags"] or []) if "tags" in said else UNSET,
        parent_id=said.get("parentId", UNSET),
        project_id=said.get("projectId", UNSET),
        section_id=said.get("projectSectionId", UNSET),
        placement=Placement(
            key=said.get("sortKey", UNSET),
            after=said.get("prevIndex", UNSET),
            before=said.get("nextIndex", UNSET),
        ),
    )


def _text(said: Mapping[str, Any], name: str) -> Any:
    return (said[name] or "") if name in said else UNSET


# --- out ----------------------------------------------------------------------------------------------------
class TagOnTodoOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    color = serializers.CharField()


class BareTodoOut(serializers.Serializer[Any]):
    """A to-do as it is answered when it was just made."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    priority = serializers.ChoiceField([str(priority) for priority in Priority], allow_null=True)
    dueDate = serializers.DateField(allow_null=True)  # noqa: N815
    dueTime = serializers.DateTimeField(allow_null=True)  # noqa: N815
    isAllDay = serializers.BooleanField()  # noqa: N815
    completed = serializers.BooleanField()
    completedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    color = serializers.CharField(allow_null=True)
    sortKey = serializers.CharField()  # noqa: N815
    reminder = serializers.BooleanField()
    parentId = serializers.UUIDField(allow_null=True)  # noqa: N815
    projectId = serializers.IntegerField()  # noqa: N815
    projectSectionId = serializers.UUIDField(allow_null=True)  # noqa: N815
    recurrenceRule = RuleShape(allow_null=True)  # noqa: N815
    recurrenceEndDate = serializers.DateField(allow_null=True)  # noqa: N815


class ChildOut(BareTodoOut):
    tags = TagOnTodoOut(many=True)
    children = serializers.ListField(child=serializers.DictField(), help_text="Empty: one level.")


class TodoOut(BareTodoOut):
    tags = TagOnTodoOut(many=True)
    children = ChildOut(many=True)


class TodosOut(serializers.Serializer[Any]):
    todos = TodoOut(many=True)


class OneTodoOut(serializers.Serializer[Any]):
    todo = TodoOut()


class NewTodoOut(serializers.Serializer[Any]):
    msg = serializers.CharField()
    todo = BareTodoOut()


class FoundOut(TodosOut):
    tags = TagOnTodoOut(many=True)


class ChangedOut(serializers.Serializer[Any]):
    todos = serializers.IntegerField(help_text="How many of those named are yours.")


class DeletedOut(serializers.Serializer[Any]):
    deletedCount = serializers.IntegerField()  # noqa: N815


def todo_out(todo: Todo, zone: ZoneInfo) -> dict[str, Any]:
    """Show a to-do with its tags and sub-tasks."""
    return {
        **bare_todo_out(todo, zone),
        "tags": [tag_out(tag.id, tag.name, tag.color) for tag in todo.tags],
        "children": [todo_out(child, zone) for child in todo.children],
    }


def bare_todo_out(todo: Todo, zone: ZoneInfo) -> dict[str, Any]:
    """Show a to-do alone. zone: its owner's, in which its day is a day."""
    rule = {"pattern": todo.recurrence_pattern, "interval": todo.recurrence_interval}
    return {
        "id": str(todo.id),
        "title": todo.title,
        "description": todo.description or None,
        "priority": todo.priority or None,
        "dueDate": todo.due_at.astimezone(zone).date().isoformat() if todo.due_at else None,
        "dueTime": moment(todo.due_at) if todo.due_at and not todo.is_all_day else None,
        "isAllDay": todo.is_all_day,
        "completed": todo.is_completed,
        "completedAt": _moment(todo.completed_at),
        "color": todo.color or None,
        "sortKey": todo.order_key,
        "reminder": todo.is_reminder_on,
        "parentId": _id(todo.parent_id),
        "projectId": todo.project_id,
        "projectSectionId": _id(todo.section_id),
        "recurrenceRule": rule if todo.recurrence_pattern else None,
        "recurrenceEndDate": todo.recurrence_until.isoformat() if todo.recurrence_until else None,
    }


def tag_out(tag_id: UUID, name: str, color: str) -> dict[str, Any]:
    """Show a tag as it stands on a to-do."""
    return {"id": str(tag_id), "name": name, "color": color}


def _id(value: UUID | None) -> str | None:
    return str(value) if value else None


def _moment(at: datetime | None) -> str | None:
    return moment(at) if at else None
