"""The row of agents."""

from typing import Any
from unittest.mock import ANY
from uuid import UUID

from tests.contract.rows.world import Answer, Call, Row, World


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
