"""What all calls below /api/v1 share: FT-07 and FT-30. Those below /api/v2: test_doors.py."""

from typing import Any

import pytest

from tests.dialects.todo.calls import behind_the_door, calls
from tests.dialects.todo.conftest import App

pytestmark = pytest.mark.django_db


def named(call: tuple[str, str]) -> str:
    return " ".join(call)


def is_private(answer: Any) -> bool:
    return answer.headers["Cache-Control"] == "no-store, private" and "Cookie" in answer.headers["Vary"]


def test_there_are_calls() -> None:
    assert len(calls()) == 12


@pytest.mark.parametrize("call", behind_the_door(), ids=named)
@pytest.mark.parametrize("cookie", [None, "x" * 32])
def test_ft_07_nobody_gets_in_without_a_session(app: App, call: tuple[str, str], cookie: str | None) -> None:
    app.cookie = cookie

    answer = app.call(*call, {"title": "T", "name": "N"} if call[0] != "GET" else None)

    assert (answer.status_code, list(answer.json())) == (401, ["message"])
    assert answer.headers["WWW-Authenticate"] == 'Cookie realm="Task Tracker"'
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("call", calls(), ids=named)
def test_ft_30_no_answer_may_be_kept(owners: App, app: App, call: tuple[str, str]) -> None:
    answers = [
        app.call(*call),
        owners.call(*call),
        owners.call(*call, b'{"a": ', content_type="application/json"),
    ]

    assert all(is_private(answer) for answer in answers)


@pytest.mark.parametrize(
    "path", ["/api/v1/user", "/api/v1/user/nowhere", "/api/v2", "/api/v2/nowhere", "/api/v2/todo/x/y"]
)
def test_ft_30_what_is_not_there_may_not_be_kept_either(owners: App, path: str) -> None:
    answer = owners.get(path)

    assert (answer.status_code, list(answer.json())) == (404, ["message"])
    assert is_private(answer)
