"""The row of mobile."""

from dataclasses import replace
from typing import Any
from unittest.mock import ANY
from uuid import UUID

from tests.contract.rows.world import Answer, Call, Row, World


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
