"""Actions on the wire. Source: progress.md B2, "Action".

What a trigger and an integration may say is the domain's to judge (tasks.operations.actions).
"""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework import serializers

from tasks.operations.actions import NewAction
from tasks.rules.integrations import MAX_INTEGRATION
from tasks.rules.payloads import moment_text
from tasks.rules.progress import MAX_VALUE
from tasks.rules.triggers import MAX_TRIGGER
from tasktracker.core.errors import NotFound


class ActionIn(serializers.Serializer[Any]):
    trigger = serializers.CharField(max_length=MAX_TRIGGER)
    integration = serializers.CharField(max_length=MAX_INTEGRATION)
    config = serializers.JSONField(required=False, allow_null=True)


class ActionOut(serializers.Serializer[Any]):
    """For the OpenAPI document; action_out() writes it."""

    id = serializers.IntegerField()
    task = serializers.UUIDField()
    trigger = serializers.CharField(max_length=MAX_TRIGGER)
    integration = serializers.CharField(max_length=MAX_INTEGRATION)
    status = serializers.ChoiceField(["active", "cancelled"])
    config = serializers.JSONField(allow_null=True)
    created = serializers.DateTimeField()
    updated = serializers.DateTimeField()


def action_in(body: Any) -> NewAction:
    """Read a new action. Raises ValidationError."""
    form = ActionIn(data=body)
    form.is_valid(raise_exception=True)
    return new_action(form.validated_data)


def action_patch_in(body: Any, *, is_partial: bool) -> dict[str, Any]:
    """Read what shall change in an action. is_partial: nothing has to. Raises ValidationError."""
    form = ActionIn(data=body, partial=is_partial)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def action_id_in(text: str) -> int:
    """Read the id of an action in a path. Raises NotFound: it cannot be one."""
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:20]) <= MAX_VALUE:
        raise NotFound
    return int(text)


def new_action(said: Mapping[str, Any]) -> NewAction:
    """Take what a valid ActionIn said."""
    return NewAction(said["trigger"], said["integration"], said.get("config"))


def action_out(action: Any) -> dict[str, Any]:
    """Write an action."""
    return {
        "id": action.pk,
        "task": str(action.task_id),
        "trigger": action.trigger,
        "integration": action.integration,
        "status": action.status,
        "config": orjson.Fragment(action.config),
        "created": moment_text(action.created_at),
        "updated": moment_text(action.updated_at),
    }
