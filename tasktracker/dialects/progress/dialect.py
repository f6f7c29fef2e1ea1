"""Who may call progress, how often, and how it says no: `{"type", "errors": [{"code", "detail", "attr"}]}`.

What a call does is the domain's: tasks.operations.progress and .actions.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest

from accounts.operations.project_keys import check_project_key
from accounts.rules.principal import Principal
from accounts.rules.slugs import RESERVED
from tasktracker.core.errors import Problem
from tasktracker.http.authentication import bearer_token
from tasktracker.http.dialect import Dialect, Limit
from tasktracker.http.failures import Failure, Kind

DESCRIPTION: Final = """\
Report how far your jobs are, and let something happen when they pass a point.

Make a project key on the project's page; it is shown once. Send it as it is, or in base64 with the place that
it opens (`org/project/key`), as the `taskbadger` client does.

Limit: 1,200 calls a minute for a key."""

# What the domain calls a value -> what it is called here.
FIELDS: Final[Mapping[str, str]] = {"title": "name", "parent_id": "parent"}

_QUOTED = re.compile(r'"(.*)"')


@dataclass(frozen=True)
class ProjectKey:
    """`Authorization: Bearer <project key>`, checked against the organization and project in the path."""

    name: str = "projectKey"

    @property
    def openapi(self) -> Mapping[str, Any]:
        return {"type": "http", "scheme": "bearer"}

    def principal_of(self, request: HttpRequest) -> Principal | None:
        """Check the key. Raises BadCredential, NotFound (a good key, of another project)."""
        token, match = bearer_token(request), request.resolver_match
        if token is None or match is None:
            return None
        return check_project_key(token, org=match.kwargs["org"], project=match.kwargs["project"])


def words(failure: Failure) -> object:
    """Say no as progress does. Source: progress.md B3; ruling "progress texts"."""
    problems = failure.problems or (Problem(None, _code(failure), _detail(failure)),)
    return {
        "type": _type(failure),
        "errors": [
            {"code": each.code, "detail": each.detail, "attr": _attr(each.field)} for each in problems
        ],
    }


def _type(failure: Failure) -> str:
    if failure.kind in {Kind.INVALID, Kind.RULE_BROKEN}:
        return "validation_error"
    return "server_error" if failure.status >= 500 else "client_error"


def _code(failure: Failure) -> str:
    return _CODES.get(failure.kind, failure.code)


def _detail(failure: Failure) -> str:
    """Word a failure: the seed's own sentences to the letter, curly quotes and all."""
    if failure.kind is Kind.METHOD_NOT_ALLOWED:
        return _QUOTED.sub(lambda found: f"“{found[1].lower()}”", failure.detail)
    if failure.kind is Kind.UNSUPPORTED_MEDIA_TYPE:
        return _QUOTED.sub(r"“\1”", failure.detail)
    if failure.kind is Kind.LIMIT_EXCEEDED:
        seconds = failure.retry_after or 1
        unit = "second" if seconds == 1 else "seconds"
        return f"Request was throttled. Expected available in {seconds} {unit}."
    return failure.detail


def _attr(field: str | None) -> str | None:
    return None if field is None else FIELDS.get(field, field)


_CODES: Final[Mapping[Kind, str]] = {
    Kind.UNSUPPORTED_MEDIA_TYPE: "not_acceptable",
    Kind.CONFLICT: "conflict",
}


def _schema(types: Iterable[str], codes: Iterable[str] = (), detail: str = "") -> dict[str, Any]:
    """Describe a refusal: its type, its codes where they are few, its sentence where it is one."""
    code: dict[str, Any] = {"type": "string", "minLength": 1}
    if codes:
        code = {"type": "string", "enum": list(codes)}
    error = {
        "type": "object",
        "properties": {
            "code": code,
            "detail": {"type": "string", "enum": [detail]} if detail else {"type": "string", "minLength": 1},
            "attr": {"type": ["string", "null"]},
        },
        "required": ["code", "detail", "attr"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": list(types)},
            "errors": {"type": "array", "minItems": 1, "items": error},
        },
        "required": ["type", "errors"],
        "additionalProperties": False,
    }


_CLIENT, _SERVER = ("client_error",), ("server_error",)

PROGRESS: Final = Dialect(
    name="progress",
    title="Task Tracker: progress",
    version="1",
    description=DESCRIPTION,
    mount="api/",
    urlconf="tasktracker.dialects.progress.urls",
    # First segments of other dialects are never organizations (ruling "Names and ids").
    paths=re.compile(
        rf"/api/(?:schema\.json/?$|docs/?$|(?!(?:{'|'.join(sorted(RESERVED))}|v\d+)/)[^/]+/[^/]+(?:/|$))"
    ),
    body=words,
    statuses={Kind.INVALID: 400, Kind.RULE_BROKEN: 400},
    refusals={
        400: _schema(("validation_error", "client_error")),
        401: _schema(_CLIENT, ("not_authenticated", "authentication_failed")),
        403: _schema(_CLIENT, ("permission_denied",)),
        404: _schema(_CLIENT, ("not_found",)),
        405: _schema(_CLIENT, ("method_not_allowed",)),
        406: _schema(_CLIENT, ("not_acceptable",), "Could not satisfy the request Accept header."),
        409: _schema(_CLIENT, ("conflict",)),
        413: _schema(_CLIENT, ("too_large",)),
        415: _schema(_CLIENT, ("not_acceptable",)),
        429: _schema(_CLIENT, ("throttled",)),
        500: _schema(_SERVER, ("error",), "A server error occurred."),
        503: _schema(_SERVER, ("unavailable",)),
    },
    schemes=(ProjectKey(),),
    limits=(Limit("progress", by="credential"),),
    is_accept_checked=True,
)
