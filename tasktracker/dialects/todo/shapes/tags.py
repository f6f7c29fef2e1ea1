"""The bodies of tags. What they may be is decided in tasks."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from tasks.queries.tags import OwnTag
from tasks.rules.planning import MAX_TAG_NAME, TagColor
from tasktracker.dialects.todo.shapes.todos import TagOnTodoOut, tag_out
from tasktracker.http.fields import Text


class TagIn(serializers.Serializer[Any]):
    """color: any of them when it is left out. The name is trimmed; 1 to 50 characters remain."""

    name = Text(max_length=4 * MAX_TAG_NAME)
    color = serializers.ChoiceField([str(color) for color in TagColor], allow_null=True, required=False)


class CountOut(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class UsesOut(serializers.Serializer[Any]):
    todos = serializers.IntegerField()


class TagOut(TagOnTodoOut):
    _count = UsesOut()


class TagsOut(serializers.Serializer[Any]):
    tags = TagOut(many=True)


class OneTagOut(serializers.Serializer[Any]):
    tag = TagOnTodoOut()


class NewTagOut(OneTagOut):
    msg = serializers.CharField()


def counted_tag_out(tag: OwnTag) -> dict[str, Any]:
    """Show a tag with the number of its to-dos."""
    return {**tag_out(tag.id, tag.name, tag.color), "_count": {"todos": tag.todos}}


def tag_change(said: Mapping[str, Any]) -> dict[str, str]:
    """Turn a checked change into what the domain takes; a null colour is none that was given."""
    return {name: value for name, value in said.items() if value is not None}
