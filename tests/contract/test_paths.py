"""Around every request: its path, host, id, cookies and log line; and the pages' own refusals."""

import ast
import json
import logging
import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from tasktracker.logs import configure
from tasktracker.registry import DIALECTS, SITE, dialect_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("probe")]

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


# --- whose path ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1", "triggers"),
        ("/api/v1/", "triggers"),
        ("/api/v1/tasks/7/trigger", "triggers"),
        ("/api/v1/anything//else", "triggers"),
        ("/api/v10/tasks", "site"),
        ("/API/v1/tasks", "site"),
        ("/x/api/v1/tasks", "site"),
        ("//api/v1/tasks", "site"),
        ("/", "site"),
        ("/healthz", "site"),
        ("/readyz/", "site"),
        ("/docs/triggers/", "site"),
        ("/docsy", "site"),
        ("/tasks/7", "site"),
    ],
)
def test_a_path_belongs_to_one_dialect(path: str, name: str) -> None:
    assert dialect_for(path).name == name


def test_no_dialect_reaches_into_the_pages() -> None:
    assert [dialect.name for dialect in DIALECTS if dialect.matches("/") or dialect.matches("/admin/")] == []
    assert SITE.uses_cookies


# --- slashes ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    ["/probe/refuse/rule", "/probe/refuse/rule/", "/probe/refuse/rule?q=1", "/probe/refuse/rule/?q=%2F"],
)
def test_both_spellings_answer_without_a_redirect(caller: Client, path: str) -> None:
    assert caller.get(path).status_code == 422


@pytest.mark.parametrize("path", ["/page", "/page/", "/bare-page", "/bare-page/", "/healthz", "/healthz/"])
def test_pages_answer_to_both_spellings_too(caller: Client, path: str) -> None:
    response = caller.get(path)

    assert response.status_code == 200
    assert response.wsgi_request.path == path


@pytest.mark.parametrize("path", ["/probe/refuse/rule//", "//probe/refuse/rule", "/page//", "/nowhere/"])
def test_only_one_trailing_slash_is_forgiven(caller: Client, path: str) -> None:
    assert caller.get(path).status_code == 404


# --- hosts --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "a b", "x@127.0.0.1", "[::1", "é"]
)
@pytest.mark.parametrize("path", ["/probe/echo", "/odd/echo", "/page/", "/healthz", "/static/docs/docs.css"])
def test_a_host_that_is_not_ours_is_refused(caller: Client, path: str, host: str) -> None:
    response = caller.get(path, HTTP_HOST=host)

    assert response.status_code == 400
    assert b"evil" not in response.content
    assert "Set-Cookie" not in response.headers


# --- ids and logs -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("given", ["0123456789abcdef", "run-7.A_b", "x" * 64])
def test_a_sane_request_id_is_kept(caller: Client, given: str) -> None:
    response = caller.get("/probe/refuse/rule", headers={"X-Request-Id": given})

    assert response.headers["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "a b c d e f", "id\n12345678", "<script>alert(1)", "ééééééééé"]
)
def test_another_one_is_replaced(caller: Client, given: str) -> None:
    names = [caller.get("/healthz", HTTP_X_REQUEST_ID=given).headers["X-Request-Id"] for _ in range(2)]

    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)
    assert names[0] != names[1]


def _record(name: str, message: str, **extra: Any) -> logging.LogRecord:
    return logging.getLogger(name).makeRecord(name, logging.INFO, "", 0, message, (), None, extra=extra)


def _formatter(form: str) -> logging.Formatter:
    """The formatter that settings set up, without touching the suite's own logging."""
    with mock.patch("logging.config.dictConfig") as configured:
        configure({"level": "INFO", "format": form})
    options = configured.call_args[0][0]["formatters"]["ours"]
    return options.pop("()")(**options)


def _read_text(line: str) -> dict[str, Any]:
    return {name: ast.literal_eval(value) for name, value in re.findall(r"(\w+)=('[^']*'|\w+)", line)}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/probe/refuse/rule?key=secret", "/probe/refuse/rule"),
        ("/api2/calendar/cal_0123456789.ics", "/api2/calendar/[secret]"),
        ("/api2/calendar/anything/at/all", "/api2/calendar/[secret]"),
        ("/invitations/a-token_of-43-letters/", "/invitations/[secret]"),
        ("/accounts/confirm-email/MQ:1abc:xyz/", "/accounts/confirm-email/[secret]"),
        ("/accounts/password/reset/key/1-abc-def/", "/accounts/password/reset/key/[secret]"),
    ],
)
def test_the_access_log_drops_what_is_secret(
    caller: Client, caplog: pytest.LogCaptureFixture, path: str, shown: str
) -> None:
    with caplog.at_level(logging.INFO, "tasktracker.access"):
        caller.get(path)

    (line,) = [record for record in caplog.records if record.name == "tasktracker.access"]
    assert line.access["path"] == shown
    assert "secret" not in str(vars(line)).replace("[secret]", "")
    assert "cal_0123456789" not in caplog.text


def test_the_access_log_says_who_and_how_long(
    caller: Client, bearer: dict[str, str], owner: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tasktracker.access"):
        caller.get("/probe/echo", headers=bearer)

    (line,) = [record for record in caplog.records if record.name == "tasktracker.access"]
    assert line.access.pop("milliseconds") >= 0
    assert line.access == {
        "method": "GET",
        "path": "/probe/echo",
        "status": 200,
        "dialect": "probe",
        "user_id": owner.pk,
        "address": "127.0.0.1",
    }


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("text", _read_text)])
def test_the_access_log_has_the_form_of_all_lines(form: str, read: Callable[[str], dict[str, Any]]) -> None:
    fields = {"path": "/tasks/whsec_0123456789abcdef", "status": 200, "user_id": None}
    formatter = _formatter(form)

    line = read(formatter.format(_record("tasktracker.access", "request", access=fields)))
    other = read(formatter.format(_record("tasktracker.http", "other", path="/tasks/whsec_0123456789abcdef")))

    assert line.keys() - fields.keys() == {*other.keys(), "request_id"} - fields.keys()
    assert (line["event"], line["level"], line["logger"]) == ("request", "info", "tasktracker.access")
    assert line["path"] == other["path"] == "/tasks/[secret]"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])


# --- cookies ------------------------------------------------------------------------------------------------
def test_pages_have_sessions_and_stay_out_of_caches(caller: Client) -> None:
    response = caller.get("/page/")

    assert response.cookies["sessionid"]["httponly"]
    assert response.headers["Cache-Control"] == "no-store"
    assert set(response.headers["Vary"].split(", ")) == {"Cookie", "Authorization"}
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "script-src 'self'; style-src 'self'" in _ordered(response.headers["Content-Security-Policy"])


def _ordered(policy: str) -> str:
    return "; ".join(sorted(part.strip() for part in policy.split(";") if part.strip()))


def test_programs_have_neither_cookies_nor_pages_headers(caller: Client, bearer: dict[str, str]) -> None:
    response = caller.get("/probe/echo", headers={**bearer, "Cookie": "sessionid=abc; csrftoken=def"})

    assert response.status_code == 200
    assert not hasattr(response.wsgi_request, "session")
    assert not {"Set-Cookie", "X-Frame-Options", "Content-Security-Policy"} & response.headers.keys()


# --- refusals of pages --------------------------------------------------------------------------------------
def test_a_form_without_its_token_is_refused(caller: Client) -> None:
    strict = Client(enforce_csrf_checks=True)

    told = strict.post("/page/")
    shown = strict.post("/page/", headers=HTML)

    assert (told.status_code, told.json()) == (403, {"error": "Forbidden"})
    assert shown.status_code == 403
    assert "<h1>Forbidden</h1>" in shown.content.decode()


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/nowhere", 404, "Not Found"),
        ("/refusing-page/not-found", 404, "Not Found"),
        ("/refusing-page/forbidden", 403, "Forbidden"),
        ("/refusing-page/limit", 429, "Too Many Requests"),
        ("/refusing-page/outage", 503, "Service Unavailable"),
        ("/refusing-page/bug", 500, "Internal Server Error"),
    ],
)
def test_pages_refuse_people_in_html_and_programs_in_json(
    caller: Client, path: str, status: int, title: str
) -> None:
    told = caller.get(path)
    shown = caller.get(path, headers=HTML)
    swapped = caller.get(path, headers={"HX-Request": "true"})

    assert (told.status_code, told.json()) == (status, {"error": title})
    assert (shown.status_code, shown.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in shown.content.decode()
    assert swapped.content == shown.content
    assert "secret detail" not in shown.content.decode() + told.content.decode()
    assert ("Retry-After" in shown.headers) == (status in {429, 503})


def test_a_bug_of_a_page_is_logged_once(caller: Client, caplog: pytest.LogCaptureFixture) -> None:
    caller.get("/refusing-page/bug")

    failed = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(failed) == 1
    assert failed[0].exc_info


@pytest.fixture
def form_filler() -> Client:
    """A browser with a CSRF cookie, whose forms are read to find the token."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = "x" * 32
    return browser


def test_a_form_with_too_many_fields_is_refused(form_filler: Client) -> None:
    response = form_filler.post("/page/", {f"f{n}": "" for n in range(1001)}, headers=HTML)

    assert (response.status_code, "<h1>Bad Request</h1>" in response.content.decode()) == (400, True)


def test_a_form_that_is_too_large_is_refused(form_filler: Client) -> None:
    body = b"a=" + b"x" * 1024 * 1024

    response = form_filler.generic("POST", "/page/", body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 413


def test_a_form_that_cannot_be_read_is_refused(form_filler: Client) -> None:
    response = form_filler.generic(
        "POST", "/page/", b"--x\r\n", content_type="multipart/form-data; boundary=\x00"
    )

    assert response.status_code == 400
