"""Who may call agents, how often, and how it says no: `{"type", "code", "detail", "attr"}`.

What a call does is the domain's: tasks.operations.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from accounts.operations.personal_keys import check_personal_key
from accounts.operations.sessions import check_session
from tasktracker.core.errors import Problem
from tasktracker.http.authentication import BearerToken, SessionCookie
from tasktracker.http.dialect import Dialect, Limit
from tasktracker.http.failures import Failure, Kind

DESCRIPTION: Final = """\
Tasks for agents: what to do in which repository, runs that do it, and the files that go in and come out.

Make a personal key in the settings; it is shown once. `task:read` reads, `task:write` reads and writes,
`user:write` registers devices for push, `*` does everything. The session cookie of the pages works too.

`project_id` is a number, or `@current`: the key's only project, else the one opened last on the web.

Limits: 480 calls a minute and 4,800 an hour for a key."""

# What the domain calls a value -> what it is called here.
FIELDS: Final[Mapping[str, str]] = {}

# Refusals that have one key only, by code -> the key. Source: agents.md A.9, last paragraph. One with the key
# "detail" whose problems have the code "missing_artifact" also lists their details as `missing_artifact_ids`.
BARE: Final[Mapping[str, str]] = {
    "bad_storage_path": "error",
    "upload_missing": "error",
    "file_too_large": "error",
    "artifact_not_found": "error",
    "missing_artifacts": "detail",
    "invalid_resume": "detail",
    "invalid_sandbox": "detail",
    "not_cloud": "error",
    "cannot_start": "error",
    "already_active": "error",
    "output_refused": "error",
    "no_sandbox": "error",
}

_TYPES: Final[Mapping[Kind, str]] = {
    Kind.INVALID: "validation_error",
    Kind.RULE_BROKEN: "validation_error",
    Kind.NOT_SIGNED_IN: "authentication_error",
    Kind.BAD_CREDENTIAL: "authentication_error",
    Kind.FORBIDDEN: "authentication_error",
    Kind.LIMIT_EXCEEDED: "throttled_error",
    Kind.UNAVAILABLE: "server_error",
    Kind.SERVER_ERROR: "server_error",
}
# Codes of the framework -> those of the system that this dialect speaks.
_CODES: Final[Mapping[str, str]] = {"invalid": "invalid_input", "not_a_list": "invalid_input"}
_WHOLE_BODY: Final = frozenset({"", "non_field_errors"})


def words(failure: Failure) -> object:
    """Say no as agents does: the first thing that is wrong. Source: agents.md A.9."""
    key = BARE.get(failure.code)
    if key is not None:
        return _bare(failure, key)
    problem = next(iter(failure.problems), Problem(None, failure.code, failure.detail))
    return {
        "type": _TYPES.get(failure.kind, "invalid_request"),
        "code": _CODES.get(problem.code, problem.code),
        "detail": problem.detail,
        "attr": _attr(problem.field or ""),
    }


def _bare(failure: Failure, key: str) -> object:
    missing = [each.detail for each in failure.problems if each.code == "missing_artifact"]
    return {key: failure.detail, **({"missing_artifact_ids": missing} if missing else {})}


def _attr(field: str) -> str | None:
    if field in _WHOLE_BODY:
        return None
    return FIELDS.get(field, field).replace(".", "__")


def _schema(kind: str, *codes: str) -> dict[str, Any]:
    code: dict[str, Any] = {"type": "string", "minLength": 1}
    if codes:
        code = {"type": "string", "enum": list(codes)}
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": [kind]},
            "code": code,
            "detail": {"type": "string", "minLength": 1},
            "attr": {"type": ["string", "null"]},
        },
        "required": ["type", "code", "detail", "attr"],
        "additionalProperties": False,
    }


def _bare_schema(key: str, **more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {key: {"type": "string", "minLength": 1}, **more},
        "required": [key],
        "additionalProperties": False,
    }


_MISSING: Final = {"type": "array", "items": {"type": "string"}}

AGENTS: Final = Dialect(
    name="agents",
    title="Task Tracker: agents",
    version="1",
    description=DESCRIPTION,
    mount="api/",
    urlconf="tasktracker.dialects.agents.urls",
    paths=re.compile(r"/api/(projects|users)(/|$)"),
    body=words,
    statuses={Kind.INVALID: 400, Kind.RULE_BROKEN: 400},
    refusals={
        400: {
            "oneOf": [
                _schema("validation_error"),
                _schema("invalid_request"),
                _bare_schema("error"),
                _bare_schema("detail", missing_artifact_ids=_MISSING),
            ]
        },
        401: _schema("authentication_error", "not_authenticated", "authentication_failed"),
        403: _schema("authentication_error"),
        404: {"oneOf": [_schema("invalid_request", "not_found"), _bare_schema("error")]},
        405: _schema("invalid_request", "method_not_allowed"),
        409: _schema("invalid_request"),
        413: _schema("invalid_request", "too_large"),
        415: _schema("invalid_request", "unsupported_media_type"),
        429: _schema("throttled_error", "throttled"),
        500: _schema("server_error", "error"),
        503: _schema("server_error", "unavailable"),
    },
    schemes=(
        BearerToken(check_personal_key, name="personalKey", bearer_format="phx_..."),
        SessionCookie(check_session),
    ),
    limits=(Limit("agents", by="credential"),),
)
