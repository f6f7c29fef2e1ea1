"""Pages of tasks: the envelope, and cursors that hold all that the next call needs.

Clients cut the cursor out of `next` and send it back alone (progress.md B2), so it carries the page's size
and filter; signed, so that no other project's cursor, and no made-up one, means anything.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework import serializers

from tasks.queries.progress import TrackedPage
from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.core.ids import parse_id
from tasktracker.dialects.progress.shapes.tasks import TaskOut, task_out
from tasktracker.http.body import Query

DEFAULT_SIZE: Final = 100
MAX_SIZE: Final = 1000

_SALT = "tasktracker.dialects.progress.cursor"
_NO_ID = UUID(int=0)
_MAC_BYTES = 16
_BYTES = 1 + 2 + 16 + 16 + _MAC_BYTES


class InvalidCursor(NotFound):
    """The cursor is none of this project's."""

    default_message = "Invalid cursor"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins. anchor: the task next to it, _NO_ID on the first page. is_back: it ends there."""

    size: int = DEFAULT_SIZE
    anchor: UUID = _NO_ID
    is_back: bool = False
    parent: UUID = _NO_ID

    @property
    def window(self) -> dict[str, Any]:
        """What the query wants to know of it."""
        anchor = None if self.anchor == _NO_ID else self.anchor
        return {
            "older_than": None if self.is_back else anchor,
            "newer_than": anchor if self.is_back else None,
            "parent_id": None if self.parent == _NO_ID else self.parent,
            "limit": self.size,
        }


class TaskPageOut(serializers.Serializer[Any]):
    """For the OpenAPI document; page_out() writes it."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TaskOut(many=True)


def cursor_in(query: Query, project_id: int) -> Cursor:
    """Read which page is wanted. A size beyond the largest is that; one that is none is the default.

    Raises InvalidCursor, Invalid (parent).
    """
    text = query.text("cursor")
    cursor = _read(text, project_id) if text else Cursor(parent=_parent(query.text("parent")))
    size = query.text("page_size") or ""
    if size.isascii() and size.isdigit() and int(size[:9]):
        return replace(cursor, size=min(int(size[:9]), MAX_SIZE))
    return cursor


def page_out(page: TrackedPage, cursor: Cursor, project_id: int, path: str) -> Mapping[str, Any]:
    """Write a page with the addresses of its neighbours."""
    older = newer = None
    if page.tasks:
        older = replace(cursor, anchor=page.tasks[-1].id, is_back=False)
        newer = replace(cursor, anchor=page.tasks[0].id, is_back=True)
    elif cursor.anchor != _NO_ID:  # everything beyond is gone: back to the neighbour itself
        step = 1 if cursor.is_back else -1
        older = newer = replace(cursor, anchor=UUID(int=cursor.anchor.int + step), is_back=not cursor.is_back)
    return {
        "next": _address(older, project_id, path) if older and page.has_older else None,
        "previous": _address(newer, project_id, path) if newer and page.has_newer else None,
        "results": [task_out(task) for task in page.tasks],
    }


def _address(cursor: Cursor, project_id: int, path: str) -> str:
    query = urlencode({"cursor": _write(cursor, project_id), "page_size": cursor.size})
    return f"{settings.TASKTRACKER_BASE_URL}{path}?{query}"


def _write(cursor: Cursor, project_id: int) -> str:
    said = bytes([cursor.is_back]) + cursor.size.to_bytes(2) + cursor.anchor.bytes + cursor.parent.bytes
    return base64.urlsafe_b64encode(said + _mac(said, project_id)).decode()


def _read(text: str, project_id: int) -> Cursor:
    try:
        raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidCursor from None
    said, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(raw) != _BYTES or not constant_time_compare(mac, _mac(said, project_id)):
        raise InvalidCursor
    return Cursor(
        size=int.from_bytes(said[1:3]),
        anchor=UUID(bytes=said[3:19]),
        is_back=bool(said[0]),
        parent=UUID(bytes=said[19:35]),
    )


def _mac(said: bytes, project_id: int) -> bytes:
    return salted_hmac(f"{_SALT}.{project_id}", said, algorithm="sha256").digest()[:_MAC_BYTES]


def _parent(text: str | None) -> UUID:
    if not text:
        return _NO_ID
    try:
        return parse_id(text)
    except NotFound:
        raise Invalid(Problem("parent", "invalid", "Must be a valid UUID.")) from None
