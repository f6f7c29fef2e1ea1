"""Schemes: where a credential stands in a request. Each ends in the same Principal.

How a signed token is read is tokens.py; whether a credential is good is decided in
accounts.operations.credentials, never here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
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
        token = bearer_token(request)
        return None if token is None else self.check(token)


def bearer_token(request: HttpRequest) -> str | None:
    """Read the token of `Authorization: Bearer <token>`; None where there is no such header."""
    header = _AUTHORIZATION.fullmatch(request.META.get("HTTP_AUTHORIZATION", ""))
    return header[2] if header and header[1].lower() == "bearer" else None


@dataclass(frozen=True)
class SessionCookie:
    """The cookie of a browser's sign-in. check: the operation that turns its value into a Principal.

    What a write with it must show besides is cookie_writes.py's business.
    """

    check: Callable[[str], Principal]
    name: str = "session"

    @property
    def openapi(self) -> Mapping[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}

    def principal_of(self, request: HttpRequest) -> Principal | None:
        value = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        return self.check(value) if value else None


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
