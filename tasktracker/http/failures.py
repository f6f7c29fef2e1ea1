"""Any exception -> Failure: what went wrong, in words that every dialect can render.

Status codes and bodies do not belong here: the dialect's row has them (dialect.py).
"""

import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.core import exceptions as django_exceptions
from django.core import signals
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404
from drf_standardized_errors.formatter import flatten_errors
from rest_framework import exceptions

from tasktracker.core import errors
from tasktracker.core.errors import Problem
from tasktracker.http.body import BodyTooLarge, UnreadableBody, UnsupportedBody

log = logging.getLogger(__name__)


class Kind(StrEnum):
    """What went wrong. A dialect gives each kind a status, and words a failure by kind, code and detail."""

    MALFORMED = "malformed"  # the body cannot be read, or holds what no text may hold
    INVALID = "invalid"  # a value breaks a rule
    RULE_BROKEN = "rule_broken"  # the values are fine, the request is not allowed by a rule
    NOT_SIGNED_IN = "not_signed_in"
    BAD_CREDENTIAL = "bad_credential"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    NO_SUCH_PATH = "no_such_path"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    CONFLICT = "conflict"
    PAYMENT_REFUSED = "payment_refused"
    PAYMENT_MISSING = "payment_missing"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    LIMIT_EXCEEDED = "limit_exceeded"
    BAD_HOST = "bad_host"
    BAD_REQUEST = "bad_request"
    UNAVAILABLE = "unavailable"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What went wrong, for the caller.

    code: stable and machine-readable; detail: a sentence; problems: one for each input that is wrong.
    retry_after: whole seconds, for limits and outages. status: filled in by the dialect.
    """

    kind: Kind
    code: str
    detail: str
    problems: tuple[Problem, ...] = ()
    retry_after: int | None = None
    status: int = 0


# Most specific first. Domain refusals carry their own code and message ...
_REFUSALS: Mapping[type[errors.DomainError], Kind] = {
    errors.RuleBroken: Kind.RULE_BROKEN,
    errors.Invalid: Kind.INVALID,
    errors.NotSignedIn: Kind.NOT_SIGNED_IN,
    errors.BadCredential: Kind.BAD_CREDENTIAL,
    errors.Forbidden: Kind.FORBIDDEN,
    errors.NotFound: Kind.NOT_FOUND,
    errors.Conflict: Kind.CONFLICT,
    errors.PaymentRefused: Kind.PAYMENT_REFUSED,
    errors.PaymentMissing: Kind.PAYMENT_MISSING,
    errors.LimitExceeded: Kind.LIMIT_EXCEEDED,
    errors.Unavailable: Kind.UNAVAILABLE,
    BodyTooLarge: Kind.TOO_LARGE,
    UnreadableBody: Kind.MALFORMED,
    UnsupportedBody: Kind.UNSUPPORTED_MEDIA_TYPE,
}
# ... DRF's carry them too, in their own form ...
_FRAMEWORK: Mapping[type[exceptions.APIException], Kind] = {
    exceptions.ValidationError: Kind.INVALID,
    exceptions.ParseError: Kind.MALFORMED,
    exceptions.AuthenticationFailed: Kind.BAD_CREDENTIAL,
    exceptions.NotAuthenticated: Kind.NOT_SIGNED_IN,
    exceptions.PermissionDenied: Kind.FORBIDDEN,
    exceptions.NotFound: Kind.NOT_FOUND,
    exceptions.MethodNotAllowed: Kind.METHOD_NOT_ALLOWED,
    exceptions.NotAcceptable: Kind.NOT_ACCEPTABLE,
    exceptions.UnsupportedMediaType: Kind.UNSUPPORTED_MEDIA_TYPE,
    exceptions.Throttled: Kind.LIMIT_EXCEEDED,
}
# ... and Django's carry text that is not for callers.
_DJANGO: Mapping[type[Exception], Failure] = {
    Resolver404: Failure(
        kind=Kind.NO_SUCH_PATH, code=errors.NotFound.code, detail=errors.NotFound.default_message
    ),
    Http404: Failure(kind=Kind.NOT_FOUND, code=errors.NotFound.code, detail=errors.NotFound.default_message),
    django_exceptions.PermissionDenied: Failure(
        kind=Kind.FORBIDDEN, code=errors.Forbidden.code, detail=errors.Forbidden.default_message
    ),
    django_exceptions.RequestDataTooBig: Failure(
        kind=Kind.TOO_LARGE, code=BodyTooLarge.code, detail=BodyTooLarge.default_message
    ),
    django_exceptions.TooManyFieldsSent: Failure(
        kind=Kind.BAD_REQUEST, code="too_many_fields", detail="The request has too many fields."
    ),
    django_exceptions.TooManyFilesSent: Failure(
        kind=Kind.BAD_REQUEST, code="too_many_files", detail="The request has too many files."
    ),
    django_exceptions.DisallowedHost: Failure(
        kind=Kind.BAD_HOST, code="bad_host", detail="The Host header does not name this server."
    ),
    django_exceptions.SuspiciousOperation: Failure(
        kind=Kind.BAD_REQUEST, code="bad_request", detail="The request was refused."
    ),
    django_exceptions.BadRequest: Failure(
        kind=Kind.BAD_REQUEST, code="bad_request", detail="The request was refused."
    ),
    MultiPartParserError: Failure(
        kind=Kind.MALFORMED, code=UnreadableBody.code, detail=UnreadableBody.default_message
    ),
    UnreadablePostError: Failure(
        kind=Kind.MALFORMED, code=UnreadableBody.code, detail=UnreadableBody.default_message
    ),
}
_SERVER_ERROR = Failure(kind=Kind.SERVER_ERROR, code="error", detail="A server error occurred.")
_UNAVAILABLE = Failure(
    kind=Kind.UNAVAILABLE,
    code=errors.Unavailable.code,
    detail=errors.Unavailable.default_message,
    retry_after=1,
)
# SQLite raises one class for outages and for mistakes in statements; only its number tells them apart.
_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
    }
)
_PRIMARY_CODE = 0xFF  # SQLite's extended codes carry the primary one in their low byte


def failure_of(exc: BaseException) -> Failure:
    """Say what went wrong. What is not known to be a refusal or an outage is a server error."""
    if isinstance(exc, errors.DomainError):
        return _from_refusal(exc)
    for known, failure in _DJANGO.items():
        if isinstance(exc, known):
            return failure
    if _is_outage(exc):
        return _UNAVAILABLE
    if isinstance(exc, exceptions.APIException):
        return _from_framework(exc)
    return _SERVER_ERROR


def report(exc: BaseException, failure: Failure, request: HttpRequest) -> None:
    """Log what a person must see, once, and tell Django's listeners of an unhandled exception.

    Django itself does both for exceptions that reach it; this is for those that a view catches.
    """
    if failure.kind is Kind.SERVER_ERROR:
        signals.got_request_exception.send(sender=None, request=request)
        log.error("request.failed", exc_info=exc)
    elif _is_outage(exc):
        log.warning("database.away", extra={"error": f"{type(exc).__name__}: {exc}"})


def _from_refusal(exc: errors.DomainError) -> Failure:
    kind = next((kind for known, kind in _REFUSALS.items() if isinstance(exc, known)), None)
    if kind is None:
        return _SERVER_ERROR  # a DomainError without a place in the tree is a bug
    return Failure(
        kind=kind,
        code=exc.code,
        detail=exc.message,
        problems=tuple(getattr(exc, "problems", ())),
        retry_after=getattr(exc, "retry_after", None),
    )


def _from_framework(exc: exceptions.APIException) -> Failure:
    kind = next((kind for known, kind in _FRAMEWORK.items() if isinstance(exc, known)), None)
    if kind is None:
        return _SERVER_ERROR
    problems = tuple(
        Problem(field=problem.attr, code=problem.code, detail=problem.detail)
        for problem in flatten_errors(exc.detail)
    )
    wait = getattr(exc, "wait", None)
    return Failure(
        kind=kind,
        code=problems[0].code if problems else exc.default_code,
        detail=problems[0].detail if problems else str(exc.default_detail),
        problems=problems if kind is Kind.INVALID else (),
        retry_after=None if kind is not Kind.LIMIT_EXCEEDED else max(1, int(wait or 1)),
    )


def _is_outage(exc: BaseException) -> bool:
    """Tell a database that is away, locked or full from a statement that is wrong."""
    if isinstance(exc, InterfaceError):
        return True
    if not isinstance(exc, OperationalError):
        return False
    cause = exc.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE in _SQLITE_OUTAGES
    return True
