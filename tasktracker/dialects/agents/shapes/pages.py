"""Pages with `limit` and `offset`. Source: agents.md A.2, "Pagination envelope"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from tasktracker.http.body import Query
from tasktracker.http.dialect import DialectRequest

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 100
_MAX_DIGITS: Final = 18  # more than any table has rows, and every database can count so far

PAGE_PARAMETERS: Final = [
    OpenApiParameter("limit", int, description=f"{DEFAULT_LIMIT} when there is none; at most {MAX_LIMIT}."),
    OpenApiParameter("offset", int, description="How many to pass over; 0 when there is none."),
]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted."""

    limit: int
    offset: int


class PageOut(serializers.Serializer[Any]):
    """For the OpenAPI documents of pages, which add their `results`; page_out() writes them."""

    count = serializers.IntegerField(min_value=0)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


def window_in(query: Query) -> Window:
    """Read which part is wanted: what is no number is the default, and a limit over the largest is that."""
    limit = _whole(query.text("limit"))
    return Window(min(limit or DEFAULT_LIMIT, MAX_LIMIT), _whole(query.text("offset")) or 0)


def page_out(
    request: DialectRequest, window: Window, count: int, results: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Write a page with the absolute addresses of its neighbours."""
    end = window.offset + window.limit
    start = window.offset - window.limit
    return {
        "count": count,
        "next": _address(request, window, end) if end < count else None,
        "previous": _address(request, window, max(start, 0)) if window.offset else None,
        "results": results,
    }


def _address(request: DialectRequest, window: Window, offset: int) -> str:
    others = [
        (name, value)
        for name, values in request._request.GET.lists()
        for value in values
        if name not in {"limit", "offset"}
    ]
    places = [("limit", str(window.limit)), *([("offset", str(offset))] if offset else [])]
    path = request._request.path.rstrip("/")
    return f"{settings.TASKTRACKER_BASE_URL}{path}/?{urlencode([*others, *places])}"


def _whole(text: str | None) -> int | None:
    text = (text or "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) <= _MAX_DIGITS else 10**_MAX_DIGITS
