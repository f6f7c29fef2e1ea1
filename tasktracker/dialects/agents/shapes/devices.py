"""Devices: push tokens and presence, on the wire. Source: agents.md A.2, A.6."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.rules.push_tokens import MAX_TOKEN, PLATFORMS
from tasktracker.dialects.agents.shapes.moments import moment
from tasktracker.dialects.agents.shapes.reading import read
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.fields import Id, Text


class PushTokenIn(serializers.Serializer[Any]):
    token = Text(max_length=MAX_TOKEN)
    platform = serializers.ChoiceField(PLATFORMS)


class UnregisterIn(serializers.Serializer[Any]):
    token = Text(max_length=MAX_TOKEN)


class PushTokenOut(serializers.Serializer[Any]):
    """For the OpenAPI document; push_token_out() writes it."""

    id = serializers.UUIDField()
    platform = serializers.ChoiceField(PLATFORMS)
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()


class PresenceIn(serializers.Serializer[Any]):
    device_id = Id()


def push_token_out(token: Any) -> dict[str, Any]:
    """Write a device; its token never leaves again."""
    return {
        "id": str(token.pk),
        "platform": token.platform,
        "created_at": moment(token.created_at),
        "last_seen_at": moment(token.last_seen_at),
    }


def device_in(request: DialectRequest) -> UUID:
    """Read which device is meant, in the body or, where there is none, in the query. Raises ValidationError.

    The query is ours: a DELETE with a body does not pass everywhere.
    """
    data = request.data
    named = request.query.text("device_id")
    if data == {} and named is not None:
        data = {"device_id": named}
    device_id: UUID = read(PresenceIn, data)["device_id"]
    return device_id
