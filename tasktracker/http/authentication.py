"""Schemes: where a credential stands in a request. Each ends in the same Principal.

How a signed token is read is tokens.py; whether a credential is good is decided in
accounts.operations.credentials, never here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpRequest

from accounts.rules.principal import Principal
from tasktracker.core.errors import BadCredential, NotSignedIn

# One scheme, one token of RFC 9110's alphabet. Two headers arrive joined by a comma, and so do not match.
_AUTHORIZATION = re.compile(r"([A-Za-z0-9-]{1,32}) +([A-Za-z0-9._~+/=-]{1,4096})")


class Scheme(Protocol):
    """A way to carry a credential. `name` and `openapi` describe it in the dialect's OpenAPI document."""

    @property
    def name(self) -> str: ...

    @property
    def openapi(self) -> Mapping[str, Any]: ...

    def principal_of(self, request: HttpRequest) -> Principal | None:
        """Check this scheme's credential; None when the request carries none. Raises BadCredential."""


@dataclass(frozen=True)
class BearerToken:
    """`Authorization: Bearer <token>`. check: turns the token into a Principal, by an operation."""

    check: Callable[[str], Principal]
    name: str = "bearer"
    bearer_format: str = "JWT"

    @property
    def openapi(self) -> Mapping[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": self.bearer_format}

    def principal_of(self, request: HttpRequest) -> Principal | None:
        header = _AUTHORIZATION.fullmatch(request.META.get("HTTP_AUTHORIZATION", ""))
        if header is None or header[1].lower() != "bearer":
            return None
        return self.check(header[2])


@dataclass(frozen=True)
class ApiKey:
    """`Authorization: <word> <key>`, where the word is none that RFC 9110 registers ("ApiKey-v2")."""

    check: Callable[[str], Principal]
    word: str
    name: str = "api_key"

    @property
    def openapi(self) -> Mapping[str, Any]:
        description = f"`{self.word} YOUR_KEY`"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}

    def principal_of(self, request: HttpRequest) -> Principal | None:
        header = _AUTHORIZATION.fullmatch(request.META.get("HTTP_AUTHORIZATION", ""))
        if header is None or header[1].lower() != self.word.lower():
            return None
        return self.check(header[2])


def authenticate(request: HttpRequest, schemes: Sequence[Scheme]) -> Principal:
    """Find the caller by the first scheme whose credential the request carries.

    Raises NotSignedIn (nothing came), BadCredential (something came that is none of ours, or not good).
    """
    for scheme in schemes:
        principal = scheme.principal_of(request)
        if principal is not None:
            return principal
    if request.META.get("HTTP_AUTHORIZATION"):
        raise BadCredential
    raise NotSignedIn
