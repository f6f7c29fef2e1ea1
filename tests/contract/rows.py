"""One row per dialect of the registry: a call that works, how to spoil it, and the exact answers.

A new dialect fills in its row here; test_matrix.py fails until it has one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import ANY
from uuid import UUID

from accounts.models import User


@dataclass(frozen=True)
class World:
    """What the rows' calls refer to: real things of an owner, and one of an outsider's."""

    owner: User
    cookie: str  # of a signed-in browser
    token: str  # scope "user"
    narrow_token: str  # scope "task:<other_task_id>"
    task_id: UUID
    other_task_id: UUID
    foreign_task_id: UUID
    project_key: str  # to acme/web
    project_task_id: UUID  # in acme/web
    project_id: int  # of acme/web
    personal_key: str
    reading_key: str  # with the scope task:read alone
    stakes_key: str
    stake_id: UUID  # of a staked task, pending and due at STAKE_DUE_AT
    device_token: str


@dataclass(frozen=True)
class Call:
    """A request, before it is spoiled."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True)
class Answer:
    """What must come back. body: the exact JSON value or text, or a function of the world for it."""

    status: int
    body: Any = ""
    media_type: str | None = "application/json"


@dataclass(frozen=True)
class Row:
    """A dialect's calls. good: works; forbidden, absent, foreign: are refused so.

    wrong_method: on the good call's path. unrouted: a path of the dialect that nothing answers.
    operation: what a bug is put into, "module:name". limit: one of the settings that the good call counts in.
    """

    good: Callable[[World], Call]
    forbidden: Callable[[World], Call]
    absent: Callable[[World], Call]
    foreign: Callable[[World], Call]
    wrong_method: str
    unrouted: str
    operation: str
    limit: str
    answers: Mapping[str, Answer]


def _trigger(task_id: UUID, token: str) -> Call:
    return Call("POST", f"/api/v1/tasks/{task_id}/trigger", {"Authorization": f"Bearer {token}"})


def _error(status: int, text: str) -> Answer:
    return Answer(status, {"error": text})


# The body of a trigger is never looked at, but for its size.
_UNREAD = Answer(200, "", media_type=None)
TRIGGERS = Row(
    good=lambda world: _trigger(world.task_id, world.token),
    forbidden=lambda world: _trigger(world.task_id, world.narrow_token),
    absent=lambda world: _trigger(UUID(int=1), world.token),
    foreign=lambda world: _trigger(world.foreign_task_id, world.token),
    wrong_method="GET",
    unrouted="/api/v1/nowhere",
    operation="tasks.operations.lifecycle:trigger_task",
    limit="trigger",
    answers={
        "good": _UNREAD,
        "no credential": _error(401, "Unauthorized"),
        "bad credential": _error(401, "Unauthorized"),
        "forbidden": _error(403, "Forbidden"),
        "absent": _error(404, "Not Found"),
        "foreign": _error(404, "Not Found"),
        "unrouted": _error(404, "Not Found"),
        "wrong method": _error(404, "Not Found"),
        "not acceptable": _UNREAD,
        "too large": _error(413, "Payload Too Large"),
        "too large, without a length": _error(413, "Payload Too Large"),
        "media type": _UNREAD,
        "charset zlib": _UNREAD,
        "malformed JSON": _UNREAD,
        "NUL": _UNREAD,
        "lone surrogate": _UNREAD,
        "depth": _UNREAD,
        "huge integer": _UNREAD,
        "limit": _error(429, "Too Many Requests"),
        "bug": _error(500, "Internal Server Error"),
        "outage": _error(503, "Service Unavailable"),
        "bad host": _error(400, "Bad Request"),
    },
)


def _rename(world: World, **headers: str) -> Call:
    cookie = {"Cookie": f"sessionid={world.cookie}"}
    return Call("PUT", "/api/v1/user/name", {**cookie, **headers}, b'{"name": "Ann"}')


def _todo(world: World, task_id: UUID) -> Call:
    return replace(_rename(world), method="PATCH", path=f"/api/v2/todo/{task_id}", body=b"{}")


def _message(status: int, text: str) -> Answer:
    return Answer(status, {"message": text})


_RENAMED = Answer(200, {"msg": "Name updated successfully to Ann"})
_MALFORMED = _message(400, "Malformed request.")
TODO_LISTS = Row(
    good=_rename,
    forbidden=lambda world: _rename(world, Origin="https://evil.example"),
    absent=lambda world: _todo(world, UUID(int=1)),
    foreign=lambda world: _todo(world, world.foreign_task_id),
    wrong_method="POST",
    unrouted="/api/v2/nowhere",
    operation="tasktracker.dialects.todo.views.profile:edit_profile",
    limit="todo",
    answers={
        "good": _RENAMED,
        "no credential": _message(401, "Authentication credentials were not provided."),
        "bad credential": _message(401, "Incorrect authentication credentials."),
        "forbidden": _message(403, "This request was sent from another site."),
        "absent": _message(404, "Todo not found"),
        "foreign": _message(404, "Todo not found"),
        "unrouted": _message(404, "Not found."),
        "wrong method": _message(405, 'Method "POST" not allowed.'),
        "not acceptable": _RENAMED,
        "too large": _message(400, "The request body is too large."),
        "too large, without a length": _message(400, "The request body is too large."),
        "media type": _message(400, 'Unsupported media type "application/xml" in request.'),
        "charset zlib": _message(400, 'Unsupported media type "application/json; charset=zlib" in request.'),
        "malformed JSON": _MALFORMED,
        "NUL": _MALFORMED,
        "lone surrogate": _MALFORMED,
        "depth": _MALFORMED,
        "huge integer": _MALFORMED,
        "limit": _message(429, "Too many requests."),
        "bug": Answer(500, {"message": "A server error occurred.", "msg": "A server error occurred."}),
        "outage": _message(503, "Temporarily unavailable. Try again."),
        "bad host": _message(400, "The Host header does not name this server."),
    },
)


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


STAKE_DUE_AT = datetime(2040, 1, 1, tzinfo=UTC)
_COMPLETE = b'{"complete": true}'


def _complete(task_id: UUID, credential: str) -> Call:
    return Call("PUT", f"/api2/me/tasks/{task_id}", {"Authorization": credential}, _COMPLETE)


def _completed(world: World) -> dict[str, Any]:
    return {
        "id": str(world.stake_id),
        "task": "Staked",
        "due": int(STAKE_DUE_AT.timestamp()),
        "cents": 500,
        "complete": True,
        "status": "complete",
    }


_UNPROCESSABLE = Answer(422, "Unprocessable Entity", media_type="text/plain; charset=utf-8")
STAKES = Row(
    good=lambda world: _complete(world.stake_id, f"ApiKey-v2 {world.stakes_key}"),
    forbidden=lambda world: _complete(world.stake_id, f"Bearer {world.token}"),
    absent=lambda world: _complete(UUID(int=1), f"ApiKey-v2 {world.stakes_key}"),
    foreign=lambda world: _complete(world.foreign_task_id, f"ApiKey-v2 {world.stakes_key}"),
    wrong_method="POST",
    unrouted="/api2/nowhere",
    operation="charges.operations.staking:change_stake",
    limit="stakes",
    answers={
        "good": Answer(200, _completed),
        "no credential": _error(403, "Forbidden"),
        "bad credential": _error(403, "Forbidden"),
        "forbidden": _error(403, "Forbidden"),
        "absent": _error(404, "Not found"),
        "foreign": _error(404, "Not found"),
        "unrouted": _error(404, "Not found"),
        "wrong method": _error(405, "Method Not Allowed"),
        "not acceptable": Answer(200, _completed),
        "too large": _error(413, "Payload Too Large"),
        "too large, without a length": _error(413, "Payload Too Large"),
        "media type": _UNPROCESSABLE,
        "charset zlib": _UNPROCESSABLE,
        "malformed JSON": _UNPROCESSABLE,
        "NUL": _UNPROCESSABLE,
        "lone surrogate": _UNPROCESSABLE,
        "depth": _UNPROCESSABLE,
        "huge integer": _UNPROCESSABLE,
        "limit": _error(429, "Too Many Requests"),
        "bug": _error(500, "Internal Server Error"),
        "outage": _error(503, "Temporarily unavailable. Try again."),
        "bad host": _error(400, "The Host header does not name this server."),
    },
)


def _edit(world: World, task_id: UUID, key: str = "") -> Call:
    header = {"Authorization": f"Bearer {key or world.personal_key}"}
    return Call("PATCH", f"/api/projects/{world.project_id}/tasks/{task_id}", header, b"{}")


def _told(status: int, kind: str, code: str, detail: str = ANY) -> Answer:
    return Answer(status, {"type": kind, "code": code, "detail": detail, "attr": None})


def _briefed(world: World) -> dict[str, Any]:
    return {
        "id": str(world.project_task_id),
        "task_number": 0,
        "slug": "WEB-0",
        "title": "Three",
        "title_manually_set": True,
        "description": "",
        "origin_product": "user_created",
        "repository": None,
        "github_integration": None,
        "github_user_integration": None,
        "signal_report": None,
        "json_schema": None,
        "internal": False,
        "archived": False,
        "archived_at": None,
        "latest_run": None,
        "created_at": "2026-03-02T12:00:00Z",
        "updated_at": ANY,
        "created_by": ANY,
        "ci_prompt": None,
    }


_NO_SUCH_TASK = _told(404, "invalid_request", "not_found", "Not found.")
_NOT_READ = _told(400, "invalid_request", "parse_error", "Malformed request.")
_TOO_LARGE = _told(413, "invalid_request", "too_large", "The request body is too large.")
AGENTS = Row(
    good=lambda world: _edit(world, world.project_task_id),
    forbidden=lambda world: _edit(world, world.project_task_id, world.reading_key),
    absent=lambda world: _edit(world, UUID(int=1)),
    foreign=lambda world: _edit(world, world.foreign_task_id),
    wrong_method="POST",
    unrouted="/api/projects/1/nowhere",
    operation="tasks.operations.briefs:edit_briefed_task",
    limit="agents",
    answers={
        "good": Answer(200, _briefed),
        "no credential": _told(401, "authentication_error", "not_authenticated"),
        "bad credential": _told(
            401,
            "authentication_error",
            "authentication_failed",
            "Personal API key found in request Authorization header is invalid.",
        ),
        "forbidden": _told(
            403,
            "authentication_error",
            "permission_denied",
            "API key missing required scope 'task:write'",
        ),
        "absent": _NO_SUCH_TASK,
        "foreign": _NO_SUCH_TASK,
        "unrouted": _NO_SUCH_TASK,
        "wrong method": _told(405, "invalid_request", "method_not_allowed", 'Method "POST" not allowed.'),
        "not acceptable": Answer(200, _briefed),
        "too large": _TOO_LARGE,
        "too large, without a length": _TOO_LARGE,
        "media type": _told(415, "invalid_request", "unsupported_media_type"),
        "charset zlib": _told(415, "invalid_request", "unsupported_media_type"),
        "malformed JSON": _NOT_READ,
        "NUL": _NOT_READ,
        "lone surrogate": _NOT_READ,
        "depth": _NOT_READ,
        "huge integer": _NOT_READ,
        "limit": _told(429, "throttled_error", "throttled", "Too many requests."),
        "bug": _told(500, "server_error", "error", "A server error occurred."),
        "outage": _told(503, "server_error", "unavailable", "Temporarily unavailable. Try again."),
        "bad host": _told(400, "invalid_request", "bad_host"),
    },
)


def _introduce(world: World, token: str = "") -> Call:
    header = {"Authorization": f"Bearer {token or world.device_token}"}
    return Call("PATCH", "/internal_api/me", header, b'{"name": "Ann"}')


def _look(world: World, task_id: UUID) -> Call:
    return replace(_introduce(world), path=f"/internal_api/tasks/{task_id}", body=b"{}")


def _refused(status: int, code: str, message: str, **more: Any) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message, **more}})


def _introduced(world: World) -> dict[str, Any]:
    return {
        "id": world.owner.pk,
        "email": "owner@example.com",
        "name": "Ann",
        "time_zone": "UTC",
        "is_enrolled": True,
        "has_card": False,
        "monthly_stake_limit_cents": None,
        "monthly_charge_limit_cents": 10_000,
        "created_at": "2026-03-02T12:00:00Z",
    }


_HIDDEN = _refused(404, "not_found", "Not found.")
_BROKEN = _refused(400, "validation_failed", "Malformed request.")
MOBILE = Row(
    good=_introduce,
    forbidden=lambda world: _introduce(world, world.token),
    absent=lambda world: _look(world, UUID(int=1)),
    foreign=lambda world: _look(world, world.foreign_task_id),
    wrong_method="PUT",
    unrouted="/internal_api/nowhere",
    operation="internal_api.views.account:edit_profile",
    limit="account",
    answers={
        "good": Answer(200, _introduced),
        "no credential": _refused(401, "unauthorized", "Authentication credentials were not provided."),
        "bad credential": _refused(401, "unauthorized", "Incorrect authentication credentials."),
        "forbidden": _refused(403, "forbidden", "You do not have permission to do this."),
        "absent": _HIDDEN,
        "foreign": _HIDDEN,
        "unrouted": _HIDDEN,
        "wrong method": _refused(404, "not_found", 'Method "PUT" not allowed.'),
        "not acceptable": _refused(400, "validation_failed", "Could not satisfy the request Accept header."),
        "too large": _refused(400, "validation_failed", "The request body is too large."),
        "too large, without a length": _refused(400, "validation_failed", "The request body is too large."),
        "media type": _refused(
            400, "validation_failed", 'Unsupported media type "application/xml" in request.'
        ),
        "charset zlib": _refused(
            400,
            "validation_failed",
            'Unsupported media type "application/json; charset=zlib" in request.',
        ),
        "malformed JSON": _BROKEN,
        "NUL": _BROKEN,
        "lone surrogate": _BROKEN,
        "depth": _BROKEN,
        "huge integer": _BROKEN,
        "limit": _refused(429, "rate_limited", "Too many requests.", retry_after=ANY),
        "bug": _refused(500, "server_error", "A server error occurred."),
        "outage": _refused(500, "server_error", "Temporarily unavailable. Try again."),
        "bad host": _refused(400, "validation_failed", "The Host header does not name this server."),
    },
)

ROWS: Mapping[str, Row] = {
    "todo": TODO_LISTS,
    "triggers": TRIGGERS,
    "stakes": STAKES,
    "agents": AGENTS,
    "mobile": MOBILE,
    "progress": PROGRESS,
}
CASES = tuple(TRIGGERS.answers)
