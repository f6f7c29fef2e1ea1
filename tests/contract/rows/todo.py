"""The row of todo."""

from dataclasses import replace
from uuid import UUID

from tests.contract.rows.world import Answer, Call, Row, World


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
