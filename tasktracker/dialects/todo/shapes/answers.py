"""What every resource of todo shares: how a body is read, how success and moments are told.

The bodies of one resource are in its own module.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar

from rest_framework import serializers

In = TypeVar("In", bound=serializers.Serializer)


class SaidOut(serializers.Serializer[Any]):
    """Success in a sentence."""

    msg = serializers.CharField()


def said(text: str) -> dict[str, str]:
    """Tell success in a sentence."""
    return {"msg": text}


def read(shape: type[In], data: object, *, partial: bool = False) -> dict[str, Any]:
    """Check a body against its shape; what the shape does not name is ignored.

    partial: any of its fields may be left out. Raises ValidationError.
    """
    form = shape(data=data, partial=partial)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def moment(at: datetime) -> str:
    """Write an instant as JavaScript does: "2026-03-02T12:00:00.000Z"."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
