"""What every dialect gets from the glue: refusals translated once, overrides, limits, private answers."""

import logging
from typing import Any

import pytest
from django.core import signals
from django.db import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.test import Client
from pytest_django import Settings
from rest_framework import exceptions

from accounts.models import User
from tasktracker.core import errors
from tasktracker.http.dialect import STATUSES
from tasktracker.http.failures import Kind, failure_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("probe")]

REFUSED: dict[str, tuple[int, dict[str, Any], dict[str, str]]] = {
    "invalid": (
        422,
        {"kind": "invalid", "code": "invalid", "detail": "Too little.", "problems": [["cents", "min_value"]]},
        {},
    ),
    "rule": (
        422,
        {"kind": "rule_broken", "code": "rule_broken", "detail": "Not on a Sunday.", "problems": []},
        {},
    ),
    "forbidden": (
        403,
        {
            "kind": "forbidden",
            "code": "permission_denied",
            "detail": "You do not have permission to do this.",
            "problems": [],
        },
        {},
    ),
    "not-found": (
        404,
        {"kind": "not_found", "code": "not_found", "detail": "Not found.", "problems": []},
        {},
    ),
    "conflict": (
        409,
        {
            "kind": "conflict",
            "code": "conflict",
            "detail": "The current state does not allow this.",
            "problems": [],
        },
        {},
    ),
    "payment": (
        402,
        {
            "kind": "payment_refused",
            "code": "payment_refused",
            "detail": "Your card was declined.",
            "problems": [],
        },
        {},
    ),
    "limit": (
        429,
        {"kind": "limit_exceeded", "code": "throttled", "detail": "Too many requests.", "problems": []},
        {"Retry-After": "3"},
    ),
    "unavailable": (
        503,
        {
            "kind": "unavailable",
            "code": "unavailable",
            "detail": "Temporarily unavailable. Try again.",
            "problems": [],
        },
        {"Retry-After": "7"},
    ),
    "outage": (
        503,
        {
            "kind": "unavailable",
            "code": "unavailable",
            "detail": "Temporarily unavailable. Try again.",
            "problems": [],
        },
        {"Retry-After": "1"},
    ),
    "bug": (
        500,
        {"kind": "server_error", "code": "error", "detail": "A server error occurred.", "problems": []},
        {},
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_translated_once(caller: Client, what: str) -> None:
    status, body, headers = REFUSED[what]

    response = caller.get(f"/probe/refuse/{what}")

    assert (response.status_code, response.json()) == (status, body)
    assert {name: response.headers[name] for name in headers} == headers
    assert ("Retry-After" in response.headers) == ("Retry-After" in headers)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Vary"] == "Authorization, Cookie"


def test_every_kind_has_a_status() -> None:
    assert set(STATUSES) == set(Kind)


@pytest.mark.parametrize(
    ("path", "status", "text", "headers"),
    [
        ("/odd/refuse/limit", 429, "no: limit_exceeded", {"Retry-After": "3"}),
        ("/odd/refuse/outage", 500, "no: unavailable", {}),
        ("/odd/refuse/bug", 500, "no: server_error", {}),
        ("/odd/echo", 403, "no: not_signed_in", {}),
        ("/odd/nowhere", 404, "no: no_such_path", {}),
    ],
)
def test_a_dialect_overrides_statuses_and_may_speak_plain_text(
    caller: Client, path: str, status: int, text: str, headers: dict[str, str]
) -> None:
    response = caller.get(path)

    assert (response.status_code, response.content.decode()) == (status, text)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store, private"
    assert {name: value for name, value in response.headers.items() if name == "Retry-After"} == headers
    assert "WWW-Authenticate" not in response.headers


def test_a_401_names_the_dialects_challenge(caller: Client) -> None:
    response = caller.get("/odd/echo", headers={"Authorization": "Bearer nonsense"})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="odd"'


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer a,Bearer b",
        "Basic YTpi",
        "bearer",
        "ApiKey-v2 x",
        "Bearer é",
        "Bearer a\tb",
        "Bearer " + "a" * 5000,
        "Bearer a\0",
        "Token",
    ],
)
def test_an_odd_authorization_header_is_a_bad_credential(caller: Client, header: str) -> None:
    response = caller.get("/probe/echo", HTTP_AUTHORIZATION=header)

    assert (response.status_code, response.json()["kind"]) == (401, "bad_credential")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Cookie": "sessionid=x"}])
def test_nothing_sent_is_not_signed_in(caller: Client, headers: dict[str, str]) -> None:
    response = caller.get("/probe/echo", headers=headers)

    assert (response.status_code, response.json()["kind"]) == (401, "not_signed_in")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer   "])
def test_a_scheme_is_read_in_any_case(caller: Client, token: str, owner: User, scheme: str) -> None:
    response = caller.get("/probe/echo", headers={"Authorization": f"{scheme} {token}"})

    assert response.json() == {"q": None, "user_id": owner.pk}
    assert (response.headers["Cache-Control"], response.headers["Vary"]) == (
        "no-store",
        "Authorization, Cookie",
    )


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("", 200),
        ("*/*", 200),
        ("application/json", 200),
        ("application/*;q=0.5", 200),
        ("text/html, application/json;q=0.9", 200),
        ("text/html", 406),
        ("application/xml", 406),
        ("application/json;q=0", 406),
        ("application/json; q=0.000", 406),
        ("text/html; a*=bogus''%41", 406),
        (";;;,,,", 406),
    ],
)
def test_accept_is_obeyed_where_the_row_says_so(
    caller: Client, bearer: dict[str, str], accept: str, status: int
) -> None:
    assert caller.get("/probe/echo", headers={**bearer, "Accept": accept}).status_code == status
    assert caller.get("/odd/echo", headers={**bearer, "Accept": accept}).status_code == 200


def test_a_wrong_method_is_405_with_those_that_are_allowed(caller: Client, bearer: dict[str, str]) -> None:
    response = caller.delete("/probe/echo", headers=bearer)

    assert (response.status_code, response.json()["kind"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "__class__", "dialect"])
def test_an_unknown_method_is_405(caller: Client, bearer: dict[str, str], method: str) -> None:
    response = caller.generic(method, "/odd/echo", headers=bearer)
    strict = caller.generic(method, "/probe/echo", headers=bearer)

    assert (response.status_code, response.content) == (404, b"no: method_not_allowed")
    assert strict.status_code == 405


def test_a_view_set_serves_its_actions(caller: Client, bearer: dict[str, str]) -> None:
    listed = caller.get("/probe/things", headers=bearer)
    made = caller.post("/probe/things", {"a": 1}, content_type="application/json", headers=bearer)
    refused = caller.put("/probe/things", headers=bearer)

    assert (listed.status_code, listed.content) == (200, b"[1,2]")
    assert listed.headers["Content-Type"] == "application/json"
    assert (made.status_code, made.json()) == (201, {"a": 1})
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, POST, HEAD")


def test_limits_count_by_key_and_by_address(
    caller: Client, bearer: dict[str, str], settings: Settings
) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "odd-key": ((2, 60),)}

    answers = [caller.get("/odd/echo", headers=bearer) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60


def test_addresses_are_limited_before_anybody_signs_in(caller: Client, settings: Settings) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "odd-strangers": ((2, 60),)}

    answers = [caller.get(path) for path in ("/odd/echo", "/odd/nowhere", "/odd/echo")]
    elsewhere = caller.get("/odd/refuse/rule", REMOTE_ADDR="192.0.2.7")

    assert [answer.status_code for answer in answers] == [403, 404, 429]
    assert answers[2].content == b"no: limit_exceeded"
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert elsewhere.status_code == 422


def test_a_bug_is_logged_once_with_its_request_id(caller: Client, caplog: pytest.LogCaptureFixture) -> None:
    told: list[object] = []

    def listen(request: object, **_: object) -> None:
        told.append(request)

    signals.got_request_exception.connect(listen)
    try:
        response = caller.get("/probe/refuse/bug", headers={"X-Request-Id": "job-1234.a_b"})
    finally:
        signals.got_request_exception.disconnect(listen)

    failed = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in failed] == ["request.failed"]
    assert "secret detail" in str(failed[0].exc_info)
    assert response.headers["X-Request-Id"] == "job-1234.a_b"
    assert b"secret detail" not in response.content
    assert len(told) == 1


def test_an_outage_is_a_warning_not_a_bug(caller: Client, caplog: pytest.LogCaptureFixture) -> None:
    caller.get("/probe/refuse/outage")

    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == ["database.away"]


def test_refusals_are_not_logged_as_problems(caller: Client, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/probe/refuse/rule", "/probe/refuse/limit", "/probe/nowhere", "/probe/echo"):
        caller.get(path)

    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


def _sqlite(code: int) -> OperationalError:
    import sqlite3

    cause = sqlite3.OperationalError("told by SQLite")
    cause.sqlite_errorcode = code
    error = OperationalError("told by SQLite")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("exc", "kind"),
    [
        (_sqlite(5), Kind.UNAVAILABLE),  # busy
        (_sqlite(261), Kind.UNAVAILABLE),  # busy, being recovered
        (_sqlite(13), Kind.UNAVAILABLE),  # full
        (_sqlite(1), Kind.SERVER_ERROR),  # no such table
        (OperationalError("connection refused"), Kind.UNAVAILABLE),
        (InterfaceError("connection already closed"), Kind.UNAVAILABLE),
        (ProgrammingError("no such column"), Kind.SERVER_ERROR),
        (IntegrityError("duplicate"), Kind.SERVER_ERROR),
        (KeyError("x"), Kind.SERVER_ERROR),
        (errors.DomainError(), Kind.SERVER_ERROR),
        (exceptions.APIException(), Kind.SERVER_ERROR),
        (exceptions.Throttled(1.2), Kind.LIMIT_EXCEEDED),
        (exceptions.PermissionDenied(), Kind.FORBIDDEN),
    ],
)
def test_an_outage_is_told_from_a_mistake(exc: Exception, kind: Kind) -> None:
    assert failure_of(exc).kind == kind


def test_drf_throttling_keeps_its_wait() -> None:
    assert failure_of(exceptions.Throttled(1.2)).retry_after == 2
    assert failure_of(exceptions.Throttled()).retry_after == 1
