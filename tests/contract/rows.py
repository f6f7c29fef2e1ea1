"""One row per dialect of the registry: a call that works, how to spoil it, and the exact answers.

A new dialect fills in its row here; test_matrix.py fails until it has one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from accounts.models import User


@dataclass(frozen=True)
class World:
    """What the rows' calls refer to: real things of an owner, and one of an outsider's."""

    owner: User
    token: str  # scope "user"
    narrow_token: str  # scope "task:<other_task_id>"
    task_id: UUID
    other_task_id: UUID
    foreign_task_id: UUID
    stakes_key: str
    stake_id: UUID  # of a staked task, pending and due at STAKE_DUE_AT


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

ROWS: Mapping[str, Row] = {"triggers": TRIGGERS, "stakes": STAKES}
CASES = tuple(TRIGGERS.answers)
