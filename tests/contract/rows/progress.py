"""The row of progress."""

from unittest.mock import ANY
from uuid import UUID

from tests.contract.rows.world import Answer, Call, Row, World


def _beat(world: World, task_id: UUID, place: str = "acme/web") -> Call:
    header = {"Authorization": f"Bearer {world.project_key}"}
    return Call("PATCH", f"/api/{place}/tasks/{task_id}", header, b"{}")


def _envelope(status: int, code: str, detail: str = ANY, kind: str = "client_error") -> Answer:
    return Answer(status, {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]})


_NOT_THERE = _envelope(404, "not_found", "Not found.")
_UNREADABLE = _envelope(400, "parse_error", "Malformed request.")
_TRACKED = {
    "id": ANY,
    "organization": "acme",
    "project": "web",
    "name": "Three",
    "status": "pending",
    "value": None,
    "value_max": 100,
    "value_percent": None,
    "data": None,
    "tags": {},
    "start_time": None,
    "end_time": None,
    "time_to_start": None,
    "max_runtime": None,
    "stale_timeout": None,
    "queue": "",
    "external_id": "",
    "parent": None,
    "created": "2026-03-02T12:00:00Z",
    "updated": ANY,
    "url": ANY,
    "public_url": ANY,
}
PROGRESS = Row(
    good=lambda world: _beat(world, world.project_task_id),
    forbidden=lambda world: _beat(world, world.project_task_id, "acme/other"),
    absent=lambda world: _beat(world, UUID(int=1)),
    foreign=lambda world: _beat(world, world.foreign_task_id),
    wrong_method="OPTIONS",
    unrouted="/api/acme/web/nowhere",
    operation="tasks.operations.progress:report",
    limit="progress",
    answers={
        "good": Answer(200, _TRACKED),
        "no credential": _envelope(401, "not_authenticated", "Authentication credentials were not provided."),
        "bad credential": _envelope(401, "authentication_failed", "Incorrect authentication credentials."),
        "forbidden": _NOT_THERE,  # a key that is good elsewhere learns nothing
        "absent": _NOT_THERE,
        "foreign": _NOT_THERE,
        "unrouted": _NOT_THERE,
        "wrong method": _envelope(405, "method_not_allowed", "Method “options” not allowed."),
        "not acceptable": _envelope(406, "not_acceptable", "Could not satisfy the request Accept header."),
        "too large": _envelope(413, "too_large", "The request body is too large."),
        "too large, without a length": _envelope(413, "too_large", "The request body is too large."),
        "media type": _envelope(
            415, "not_acceptable", "Unsupported media type “application/xml” in request."
        ),
        "charset zlib": _envelope(
            415, "not_acceptable", "Unsupported media type “application/json; charset=zlib” in request."
        ),
        "malformed JSON": _UNREADABLE,
        "NUL": _UNREADABLE,
        "lone surrogate": _UNREADABLE,
        "depth": _UNREADABLE,
        "huge integer": _UNREADABLE,
        "limit": _envelope(429, "throttled"),
        "bug": _envelope(500, "error", "A server error occurred.", "server_error"),
        "outage": _envelope(503, "unavailable", "Temporarily unavailable. Try again.", "server_error"),
        "bad host": _envelope(400, "bad_host", "The Host header does not name this server."),
    },
)
