"""How mobile reads: bodies that are objects, instants with their offset, what stands behind a question mark.

The bodies of one kind of thing are in its own module.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from tasktracker.core.errors import Invalid, Problem
from tasktracker.http.body import Query, UnreadableBody
from tasktracker.http.fields import Moment, Text

Body = dict[str, Any]

_PAGE, _PER_PAGE = 1, 25
MOST_PER_PAGE: Final = 100
_LARGEST_PAGE: Final = 10**9
_WHOLE: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_LONGEST_SEARCH: Final = 500
PAGING: Final = [
    OpenApiParameter("page", {"type": "integer", "default": _PAGE}, description="From 1."),
    OpenApiParameter("per_page", {"type": "integer", "default": _PER_PAGE}, description="1 to 100."),
]


class BodyIn(serializers.Serializer[Any]):
    """A JSON object. What it does not name is ignored."""

    @classmethod
    def read(cls, body: object) -> Body:
        """Return the fields that were given. Raises UnreadableBody (no object), ValidationError."""
        if not isinstance(body, dict):
            raise UnreadableBody("The body must be a JSON object.")
        form = cls(data=body)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)


class Name(Text):
    """A text that says something."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation("" if isinstance(data, str) and not data.strip() else data)


class Instant(Moment):
    """A moment that is the same everywhere: "2026-03-02T09:00:00Z", or with another offset."""

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if moment.tzinfo is None:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return moment


def paging(query: Query) -> dict[str, int]:
    """Read `page` and `per_page`: out of range is the nearest that is in it, no number is the default."""
    return {
        "page": _clamped(query.text("page"), _PAGE, _LARGEST_PAGE),
        "per_page": _clamped(query.text("per_page"), _PER_PAGE, MOST_PER_PAGE),
    }


def _clamped(text: str | None, default: int, most: int) -> int:
    text = (text or "").strip()
    if not _WHOLE.fullmatch(text):
        return default
    return min(max(int(text[:20]), 1), most)


def choice(query: Query, name: str, words: Iterable[str]) -> str | None:
    """Read one of these words. Raises Invalid."""
    word = query.text(name)
    if word is not None and word not in set(words):
        raise Invalid(Problem(name, "invalid_choice", "This is none of the words."))
    return word


def instant(query: Query, name: str) -> datetime | None:
    """Read an instant. Raises Invalid."""
    text = query.text(name)
    try:
        return Instant().run_validation(text) if text is not None else None
    except serializers.ValidationError:
        raise Invalid(Problem(name, "invalid", "This is no instant: YYYY-MM-DDThh:mm:ssZ.")) from None


def search_text(query: Query, name: str = "search") -> str:
    """Read a text to look for; "" when there is none. Raises Invalid."""
    text = (query.text(name) or "").strip()
    if len(text) > _LONGEST_SEARCH:
        raise Invalid(
            Problem(name, "max_length", f"Ensure this has no more than {_LONGEST_SEARCH} characters.")
        )
    return text
