"""One call to a webhook: what is sent, and what each answer means."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from tasks.gateways.webhooks import Destination, call, outcome_of
from tasks.rules.signatures import new_secret, verify
from tasktracker.outbox.gateways.safe_http import Reply
from tasktracker.outbox.rules.outcomes import Outcome

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENT_ID = UUID("01890000-0000-7000-8000-00000000000a")
BODY = '{"event":"task.triggered","task":{"name":"Zähne putzen"}}'


def test_one_call_is_signed_by_every_secret(httpserver: HTTPServer, settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    httpserver.expect_request("/in", method="POST").respond_with_data("thanks", status=202)
    current, previous = new_secret(), new_secret()

    outcome = call(Destination(httpserver.url_for("/in"), [current, previous]), body=BODY, event_id=EVENT_ID)

    request, _ = httpserver.log[0]
    signature, now = request.headers["X-Tasktracker-Signature"], datetime.now(UTC)
    assert (outcome.result, outcome.status_code, outcome.error, outcome.reply_excerpt) == (
        "delivered",
        202,
        "",
        "thanks",
    )
    assert request.data == BODY.encode()
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["webhook-id"] == "msg_0189000000007000800000000000000a"
    assert [verify(signature, request.data, secret, now) for secret in (current, previous)] == [True, True]
    assert not verify(signature, request.data, new_secret(), now)
    assert json.loads(request.data)["event"] == "task.triggered"


def test_loopback_is_refused_unless_it_is_opened(httpserver: HTTPServer, settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = False
    destination = Destination(f"https://127.0.0.1:{httpserver.port}/in", [new_secret()])

    assert call(destination, body=BODY, event_id=EVENT_ID) == Outcome("retry", error="forbidden address")
    assert httpserver.log == []


def test_without_a_secret_nothing_is_sent(httpserver: HTTPServer, settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True

    outcome = call(Destination(httpserver.url_for("/in"), []), body=BODY, event_id=EVENT_ID)

    assert outcome == Outcome("retry", error="secret cannot be opened")
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (301, "retry"),
        (304, "retry"),
        (400, "retry"),
        (401, "retry"),
        (404, "retry"),
        (410, "gone"),
        (429, "retry"),
        (500, "retry"),
        (503, "retry"),
    ],
)
def test_what_a_status_means(status: int, result: str) -> None:
    outcome = outcome_of(Reply(status, {}, b"answer", 12), AT)

    error = "" if result == "delivered" else f"status {status}"
    assert (outcome.result, outcome.status_code, outcome.error) == (result, status, error)
    assert (outcome.duration_ms, outcome.reply_excerpt) == (12, "answer")


@pytest.mark.parametrize(
    ("status", "text", "seconds"),
    [
        (429, "120", 120.0),
        (503, "120", 120.0),
        (429, " 0 ", 0.0),
        (429, "9" * 400, 999_999_999.0),
        (429, "Mon, 02 Mar 2026 12:01:30 GMT", 90.0),
        (429, "Mon, 02 Mar 2026 13:01:30 +0100", 90.0),
        (429, "Mon, 02 Mar 2026 12:01:30 -0000", 90.0),
        (429, "Mon, 02 Mar 2026 11:59:00 GMT", -60.0),
        (429, "soon", None),
        (429, "-5", None),
        (429, "١٢", None),
        (429, "", None),
        (429, "Mon, 99 Mar 2026 12:01:30 GMT", None),
        (500, "120", None),
        (200, "120", None),
    ],
)
def test_only_429_and_503_may_ask_for_a_later_time(status: int, text: str, seconds: float | None) -> None:
    outcome = outcome_of(Reply(status, {"retry-after": text}, b"", 1), AT)

    assert outcome.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("body", "excerpt"), [(b"a\x00b", "ab"), (b"\xff" * 2, "\ufffd\ufffd"), (b"x" * 9000, "x" * 500)]
)
def test_the_excerpt_can_be_stored(body: bytes, excerpt: str) -> None:
    values: Any = outcome_of(Reply(500, {}, body, 1), AT)

    assert values.reply_excerpt == excerpt
