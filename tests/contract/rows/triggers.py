"""The row of triggers."""

from uuid import UUID

from tests.contract.rows.world import Answer, Call, Row, named


def _trigger(task_id: UUID, token: str) -> Call:
    return Call("POST", f"/api/v1/tasks/{task_id}/trigger", {"Authorization": f"Bearer {token}"})


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
        "no credential": named(401, "Unauthorized"),
        "bad credential": named(401, "Unauthorized"),
        "forbidden": named(403, "Forbidden"),
        "absent": named(404, "Not Found"),
        "foreign": named(404, "Not Found"),
        "unrouted": named(404, "Not Found"),
        "wrong method": named(404, "Not Found"),
        "not acceptable": _UNREAD,
        "too large": named(413, "Payload Too Large"),
        "too large, without a length": named(413, "Payload Too Large"),
        "media type": _UNREAD,
        "charset zlib": _UNREAD,
        "malformed JSON": _UNREAD,
        "NUL": _UNREAD,
        "lone surrogate": _UNREAD,
        "depth": _UNREAD,
        "huge integer": _UNREAD,
        "limit": named(429, "Too Many Requests"),
        "bug": named(500, "Internal Server Error"),
        "outage": named(503, "Service Unavailable"),
        "bad host": named(400, "Bad Request"),
    },
)
