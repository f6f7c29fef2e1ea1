"""Logs of runs on the wire: entries in, JSON lines and events out. Source: agents.md A.5."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from tasks.operations.run_streams import Change, End, Entry, Item, KeepAlive, Silence
from tasks.queries.run_logs import LogPage
from tasks.rules.session_logs import DEFAULT_READ, MAX_READ, LogFilter
from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.core.ids import parse_id
from tasktracker.dialects.agents.shapes.moments import moment, moment_or_none
from tasktracker.dialects.agents.shapes.reading import read, read_query
from tasktracker.http.body import Query
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.streams import sse

CALL_HEADER: Final = "Idempotency-Key"
JSON_LINES: Final = "application/jsonl"
LOG_PARAMETERS: Final = [
    OpenApiParameter("after", OpenApiTypes.DATETIME, description="Only entries written after this."),
    OpenApiParameter("event_types", str, description="Only these, with commas between them."),
    OpenApiParameter("exclude_types", str, description="None of these."),
    OpenApiParameter("limit", int, description=f"1 to {MAX_READ}; {DEFAULT_READ} when there is none."),
    OpenApiParameter("offset", int, description="How many to pass over."),
]
STREAM_PARAMETERS: Final = [
    OpenApiParameter(
        "start",
        {"type": "string", "pattern": "^(latest|[0-9]{1,9})$"},
        description="The number of the first entry to tell; `latest`: only what comes from now on.",
    ),
    OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="Goes on after it."),
]

_MAX_DIGITS: Final = 9


class EntriesIn(serializers.Serializer[Any]):
    entries = serializers.ListField(child=serializers.DictField())


class LogQueryIn(serializers.Serializer[Any]):
    after = serializers.DateTimeField(required=False)
    event_types = serializers.CharField(required=False)
    exclude_types = serializers.CharField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_READ, default=DEFAULT_READ)
    offset = serializers.IntegerField(min_value=0, max_value=10**_MAX_DIGITS, default=0)


def entries_in(body: Any) -> list[Any]:
    """Read entries to append, at least one; they are kept as they are. Raises ValidationError, Invalid."""
    entries: list[Any] = read(EntriesIn, body)["entries"]
    if not entries:
        raise Invalid(Problem("entries", "invalid_input", "At least one log entry is required"))
    return entries


def call_key_in(request: DialectRequest) -> UUID | None:
    """Read the caller's own name for this call. Raises Invalid: it is no UUID."""
    text = request._request.headers.get(CALL_HEADER)
    if text is None:
        return None
    try:
        return parse_id(text)
    except NotFound:
        raise Invalid(Problem(CALL_HEADER, "invalid_input", "Must be a valid UUID.")) from None


def log_query_in(query: Query) -> dict[str, Any]:
    """Read which entries are wanted: which, limit, offset. Raises ValidationError, Invalid."""
    said = read_query(LogQueryIn, query, LogQueryIn().fields)
    which = LogFilter(
        after=said.get("after"),
        event_types=_names(said.get("event_types")),
        exclude_types=_names(said.get("exclude_types")),
    )
    return {"which": which, "limit": said["limit"], "offset": said["offset"]}


def log_page_out(page: LogPage) -> tuple[bytes, dict[str, str]]:
    """Write a page of entries, and the headers that count them."""
    body = b"[" + ",".join(page.entries).encode() + b"]"
    return body, {
        "X-Total-Count": str(page.total),
        "X-Matching-Count": str(page.matching),
        "X-Filtered-Count": str(len(page.entries)),
        "X-Has-More": "true" if page.has_more else "false",
    }


def stream_start_in(request: DialectRequest, *, latest: int) -> int:
    """Read from which entry on a stream tells. An id that is none of ours begins at the beginning."""
    seen, start = request._request.headers.get("Last-Event-ID", ""), request.query.text("start") or ""
    if _is_number(seen):
        return int(seen) + 1
    if _is_number(start):
        return int(start)
    return latest if start == "latest" else 0


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS


def events_out(items: Iterator[Item]) -> Iterator[bytes]:
    """Write what happens to a run as events. Entries alone have ids: they are what a reader goes on after."""
    for item in items:
        match item:
            case Entry():
                yield sse(item.text, id_=item.number)
            case Change():
                yield sse(_state_text(item.run))
            case KeepAlive():
                yield sse('{"type":"keepalive"}', name="keepalive")
            case Silence():
                yield sse('{"error":"Stream not available"}', name="error")
            case End():
                yield sse('{"type":"stream_end"}', name="stream-end")


def _state_text(run: Any) -> str:
    return orjson.dumps(
        {
            "type": "task_run_state",
            "run_id": str(run.pk),
            "task_id": str(run.task_id),
            "status": run.status,
            "stage": run.stage,
            "branch": run.branch,
            "output": None if run.output is None else orjson.Fragment(run.output),
            "error_message": run.error_message,
            "updated_at": moment(run.updated_at),
            "completed_at": moment_or_none(run.completed_at),
        }
    ).decode()


def _names(text: str | None) -> frozenset[str]:
    return frozenset(name.strip() for name in (text or "").split(",") if name.strip())
