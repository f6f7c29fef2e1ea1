"""How bodies and query strings of agents are read."""

from collections.abc import Iterable
from typing import Any, TypeVar

from rest_framework import serializers

from tasktracker.http.body import Query

In = TypeVar("In", bound=serializers.Serializer)


def read(shape: type[In], data: object) -> dict[str, Any]:
    """Check a body against its shape; what the shape does not name is ignored. Raises ValidationError."""
    form = shape(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def read_query(shape: type[In], query: Query, names: Iterable[str]) -> dict[str, Any]:
    """Check the parameters of a query string; a blank one counts as absent.

    Raises ValidationError, Invalid (not UTF-8, or NUL).
    """
    texts = {name: query.text(name) for name in names}
    return read(shape, {name: text for name, text in texts.items() if text})
