"""One OpenAPI document per dialect, read off its views: every status, its exact body, its headers.

What a refusal's body looks like is the dialect's to say (Dialect.refusals).
"""

import copy
from typing import TYPE_CHECKING, Any, Literal

from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from tasktracker.http.renderers import JSON, TEXT

if TYPE_CHECKING:
    from tasktracker.http.dialect import Dialect, DialectView

Document = dict[str, Any]

_ID = {"type": "string", "format": "uuid", "minLength": 36, "maxLength": 36}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
_NUMBERED = frozenset({"user_id", "organization_id", "project_id", "action_id"})
_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "Names this call in our logs.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
    },
    "Retry-After": {
        "description": "Whole seconds to wait before trying again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"required": True, "schema": {"type": "string"}},
    "Allow": {"required": True, "schema": {"type": "string"}},
}
# What a status means here (http.HTTPStatus changes its phrases with Python), and the headers it carries.
_REFUSALS: dict[int, tuple[str, ...]] = {
    400: ("The request cannot be read.",),
    401: ("The credential is missing or not good.", "WWW-Authenticate"),
    402: ("The payment was refused.",),
    403: ("The credential does not allow this.",),
    404: ("There is no such thing, or none that you can reach.",),
    405: ("This path has no such method.", "Allow"),
    406: ("The answer cannot be had in the asked media type.",),
    409: ("The current state does not allow this.",),
    413: ("The body is too large.",),
    415: ("The body's media type cannot be read.",),
    422: ("A value or a rule does not allow this.",),
    429: ("Too many calls.", "Retry-After"),
    500: ("We made a mistake.",),
    503: ("A part that we need is away.", "Retry-After"),
}


class DialectSchema(AutoSchema):
    """Adds to each operation what the dialect's row says: who may call, and how it is refused."""

    view: "DialectView"  # type: ignore[override]  # the views that use it are ours

    def get_auth(self) -> list[dict[str, list[str]]]:
        schemes = self.view.schemes_for(self.method.upper())
        for scheme in schemes:
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name=scheme.name,
                type=ResolvedComponent.SECURITY_SCHEMA,
                object=scheme.name,
                schema=dict(scheme.openapi),
            )
            self.registry.register_on_missing(component)
        return [{scheme.name: []} for scheme in schemes]

    def get_tags(self) -> list[str]:
        return [self.view.dialect.name]

    def get_operation_id(self) -> str:
        name: str = type(self.view).__name__
        action = getattr(self.view, "action", None)
        return f"{name}_{action or self.method.lower()}"

    def map_parsers(self) -> list[str]:
        """Bodies are JSON, read by our own reader (body.py): DRF's parsers are not asked."""
        return [JSON] if self.view.dialect.is_body_parsed else []

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        """Path converters say nothing of ours: what an id is, its name tells."""
        return [{"in": "path", "name": name, "required": True, "schema": _kind(name)} for name in variables]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        answers: dict[str, Any] = super()._get_response_bodies(direction)
        for answer in answers.values():
            answer["headers"] = _headers("X-Request-Id")
        for status, schema in sorted(self.view.dialect.refusals.items()):
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name=f"Refusal{status}",
                type=ResolvedComponent.RESPONSE,
                object=status,
                schema=_refusal(status, dict(schema)),
            )
            self.registry.register_on_missing(component)
            answers.setdefault(str(status), component.ref)
        return answers


def _kind(name: str) -> dict[str, Any]:
    if name in _NUMBERED:
        return dict(_NUMBER)
    return dict(_ID) if name.endswith("_id") else {"type": "string"}


def _refusal(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a refusal. A body that is either text or JSON is an `anyOf`, one media type for each."""
    description, *names = _REFUSALS[status]
    bodies = schema.get("anyOf", [schema])
    return {
        "description": description,
        "content": {TEXT if body.get("type") == "string" else JSON: {"schema": body} for body in bodies},
        "headers": _headers("X-Request-Id", *names),
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: copy.deepcopy(_HEADERS[name]) for name in names}


def document(dialect: "Dialect") -> Document:
    """Write the OpenAPI document of one dialect."""
    patterns = [path(dialect.mount, include(dialect.urlconf))]
    generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
    schema: Document = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    info = {"title": dialect.title, "version": dialect.version, "description": dialect.description}
    return {**schema, "info": info}
