"""Who may call todo, how often, and how it says no: `{"message": "<sentence>"}`.

What a call does is the domain's: tasks.operations.planning, tags, sections and projects.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from accounts.operations.sessions import check_session
from tasktracker.http.authentication import SessionCookie
from tasktracker.http.dialect import Dialect, Limit
from tasktracker.http.failures import Failure, Kind

DESCRIPTION: Final = """\
To-dos, projects with sections, and tags, for apps that sign in with a cookie.

Sign in with `POST /api/v1/user/signin`; the session cookie lasts 24 hours. A body is JSON. A write that a
browser sends from another site is refused; there is no CSRF token.

A to-do is a task: what is done here is done for every other API, and a task with a stake cannot be made
easier.

Limit: 300 calls a minute for an account."""


# For views that nobody has to be signed in for.
STRANGERS: Final = (Limit("todo_stranger", by="address"),)


# What the domain calls a field, and what this dialect does.
WIRE_NAMES: Final[Mapping[str, str]] = {
    "due_at": "dueDate",
    "section_id": "projectSectionId",
    "recurrence": "recurrenceRule",
    "key": "sortKey",
    "after": "prevIndex",
    "before": "nextIndex",
    "current_password": "currentPassword",
    "new_password": "newPassword",
}
# Refusals that say everything without the field's name, by field and code; "" keeps the domain's own words.
SENTENCES: Final[Mapping[tuple[str, str], str]] = {
    ("parent_id", "does_not_exist"): "A task with the parent Id does not exist, Create the parent task first",
    ("parent_id", "nested"): "Cannot create subtask of a subtask",
    ("section_id", "needs_project"): "projectSectionId requires projectId",
    ("tags", "does_not_exist"): "",
    ("name", "taken"): "",
    ("code", "bad_code"): "",
    ("code", "second_factor_needed"): "",
    ("code", "wrong_second_factor"): "",
    ("current_password", "wrong_password"): "",
    ("confirmNewPassword", "passwords_differ"): "",
    ("image", "invalid_image"): "",
}
_WHOLE_BODY: Final = frozenset({"", "non_field_errors"})


def words(failure: Failure) -> object:
    """Say no as todo does. A bug is told under both keys that apps of this API look for."""
    message = _sentence(failure)
    return {"message": message, "msg": message} if failure.kind is Kind.SERVER_ERROR else {"message": message}


def _sentence(failure: Failure) -> str:
    """Say what is wrong in one sentence, with the name of the field where the sentence needs it."""
    if not failure.problems:
        return failure.detail
    problem = failure.problems[0]
    field = problem.field or ""
    sentence = SENTENCES.get((field, problem.code))
    if sentence is not None or field in _WHOLE_BODY:
        return sentence or problem.detail
    return f"{WIRE_NAMES.get(field, field)}: {problem.detail}"


def _schema(*keys: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {key: {"type": "string", "minLength": 1} for key in keys},
        "required": list(keys),
        "additionalProperties": False,
    }


_REFUSALS: Final[Mapping[int, Mapping[str, Any]]] = {
    **{status: _schema("message") for status in (400, 401, 403, 404, 405, 429, 503)},
    500: _schema("message", "msg"),
}

TODOS: Final = Dialect(
    name="todo",
    title="Task Tracker: todo",
    version="2",
    description=DESCRIPTION,
    mount="api/",
    urlconf="tasktracker.dialects.todo.urls",
    paths=re.compile(r"/api/(v1/(user|auth-check)|v2)(/|$)"),
    body=words,
    statuses={
        Kind.INVALID: 400,
        Kind.RULE_BROKEN: 400,
        Kind.CONFLICT: 403,
        Kind.TOO_LARGE: 400,
        Kind.UNSUPPORTED_MEDIA_TYPE: 400,
    },
    refusals=_REFUSALS,
    schemes=(SessionCookie(check_session),),
    challenge='Cookie realm="Task Tracker"',
    limits=(Limit("todo"),),
    is_write_guarded=True,
    cache_control="no-store, private",
)
