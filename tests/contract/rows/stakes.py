"""The row of stakes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.contract.rows.world import Answer, Call, Row, World, named

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
        "no credential": named(403, "Forbidden"),
        "bad credential": named(403, "Forbidden"),
        "forbidden": named(403, "Forbidden"),
        "absent": named(404, "Not found"),
        "foreign": named(404, "Not found"),
        "unrouted": named(404, "Not found"),
        "wrong method": named(405, "Method Not Allowed"),
        "not acceptable": Answer(200, _completed),
        "too large": named(413, "Payload Too Large"),
        "too large, without a length": named(413, "Payload Too Large"),
        "media type": _UNPROCESSABLE,
        "charset zlib": _UNPROCESSABLE,
        "malformed JSON": _UNPROCESSABLE,
        "NUL": _UNPROCESSABLE,
        "lone surrogate": _UNPROCESSABLE,
        "depth": _UNPROCESSABLE,
        "huge integer": _UNPROCESSABLE,
        "limit": named(429, "Too Many Requests"),
        "bug": named(500, "Internal Server Error"),
        "outage": named(503, "Temporarily unavailable. Try again."),
        "bad host": named(400, "The Host header does not name this server."),
    },
)
