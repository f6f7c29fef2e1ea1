"""The cases NS-23 to NS-30 of triggers.md, by their numbers."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.operations.credentials import issue_triggers_token
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.operations.lifecycle import skip_occurrence, trigger_task
from tasktracker.http.tokens import sign
from tests.conftest import NOW
from tests.dialects.mobile.conftest import (
    ABSENT,
    NOT_FOUND,
    PREFIX,
    Phone,
    body_of,
    error_of,
    everything,
    fields_of,
    is_done,
)

pytestmark = pytest.mark.django_db


def names(body: Any) -> list[str]:
    return [task["name"] for task in body["data"]]


def test_ns_23_pages_of_thirty_tasks(phone: Phone, make_task: Callable[..., Task]) -> None:
    titles = [f"Task {number:02}" for number in range(30)]
    for title in reversed(titles):
        make_task(title=title)

    first, second, whole = (
        body_of(phone.get(f"/tasks{query}")) for query in ("", "?page=2", "?per_page=500")
    )

    assert (names(first), first["meta"]) == (
        titles[:25],
        {"page": 1, "per_page": 25, "total": 30, "next_page": 2},
    )
    assert (names(second), second["meta"]) == (
        titles[25:],
        {"page": 2, "per_page": 25, "total": 30, "next_page": None},
    )
    assert (names(whole), whole["meta"]) == (
        titles,
        {"page": 1, "per_page": 100, "total": 30, "next_page": None},
    )


def test_ns_24_bare_objects_and_empty_commands(phone: Phone, task: Task) -> None:
    shown = body_of(phone.get(f"/tasks/{task.pk}"))
    made = body_of(phone.post("/tasks", {"name": "Dust"}), 201)

    assert (shown["id"], shown["name"], made["name"]) == (str(task.pk), "Water", "Dust")
    assert made == body_of(phone.get(f"/tasks/{made['id']}"))
    assert is_done(phone.post(f"/tasks/{task.pk}/trigger"))
    assert is_done(phone.delete(f"/tasks/{task.pk}"))
    assert body_of(phone.get(f"/tasks/{task.pk}"), 404) == NOT_FOUND


@pytest.mark.parametrize("body", [{"name": ""}, {}, {"name": None}, {"name": " \n"}])
def test_ns_25_a_name_cannot_be_blank(phone: Phone, body: dict[str, Any]) -> None:
    before = everything()

    refused = body_of(phone.post("/tasks", body), 422)

    assert refused == {
        "error": {
            "code": "validation_failed",
            "message": "Name can't be blank",
            "fields": {"name": ["can't be blank"]},
        }
    }
    assert everything() == before


def test_ns_26_without_a_token(stranger: Phone, task: Task) -> None:
    response = stranger.get(f"/tasks/{task.pk}")

    message = "Authentication credentials were not provided."
    assert body_of(response, 401) == {"error": {"code": "unauthorized", "message": message}}
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "ttd_" + "0" * 48, "eyJhbGciOiJub25lIn0.e30.", "tb1_" + "0" * 48])
def test_ns_26_with_a_token_that_is_none(stranger: Phone, task: Task, token: str) -> None:
    stranger.token = token

    error = error_of(stranger.get(f"/tasks/{task.pk}"), 401)

    assert error == {"code": "unauthorized", "message": "Incorrect authentication credentials."}


def test_ns_26_others_tasks_are_not_there(others: list[Phone], task: Task) -> None:
    for other in others:
        assert body_of(other.get(f"/tasks/{task.pk}"), 404) == NOT_FOUND
        assert body_of(other.get(f"/tasks/{ABSENT}"), 404) == NOT_FOUND


@pytest.mark.parametrize(
    "path", ["", "/", "/nowhere", "/tasks/x/y/z", "/tasks/x", "/deliveries", "/v1/tasks"]
)
def test_ns_26_an_unknown_path(phone: Phone, path: str) -> None:
    assert body_of(phone.get(path), 404) == NOT_FOUND


@pytest.mark.parametrize("scope", ["user", "task"])
def test_ns_26_a_triggers_token_is_for_another_door(
    phone: Phone, owner: User, principal_of: Callable[..., Principal], task: Task, scope: str
) -> None:
    wanted = scope if scope == "user" else f"task:{task.pk}"
    issued = issue_triggers_token(principal=principal_of(owner), name="t", scope=wanted, at=NOW)
    phone.token = sign(issued.claims)

    for response in (phone.get(f"/tasks/{task.pk}"), phone.delete("/session")):
        message = "You do not have permission to do this."
        assert body_of(response, 403) == {"error": {"code": "forbidden", "message": message}}


def test_ns_27_who_is_not_enrolled_is_told_so(
    make_phone: Callable[..., Phone], owner: User, task: Task
) -> None:
    phone = make_phone(owner, is_enrolled=False)
    before = everything()

    for method, path in [
        ("GET", "/tasks"),
        ("GET", "/me"),
        ("PATCH", "/me"),
        ("POST", f"/tasks/{task.pk}/trigger"),
        ("DELETE", f"/tasks/{task.pk}"),
        ("POST", "/tokens"),
    ]:
        message = "Finish setting up your account on the web first."
        assert body_of(phone.send(method, path), 409) == {
            "error": {"code": "user_not_enrolled", "message": message}
        }
    assert everything() == before


def test_ns_27_but_may_sign_out(make_phone: Callable[..., Phone], owner: User) -> None:
    phone = make_phone(owner, is_enrolled=False)

    assert is_done(phone.delete("/session"))
    assert error_of(phone.get("/tasks"), 401)


def test_ns_28_a_skipped_occurrence_cannot_be_completed(
    phone: Phone, owner: User, principal_of: Callable[..., Principal], task: Task
) -> None:
    caller = principal_of(owner)
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=NOW)
    skip_occurrence(principal=caller, occurrence_id=occurrence.pk, at=NOW)
    before = everything()

    error = error_of(phone.post(f"/occurrences/{occurrence.pk}/complete"), 409)

    assert error == {"code": "conflict", "message": "Cannot complete from this state."}
    assert everything() == before
    assert Occurrence.objects.get().status == "skipped"


@pytest.mark.parametrize("path", ["/tasks", "/nowhere", "/session"])
def test_ns_29_the_121st_call_of_an_address(stranger: Phone, path: str) -> None:
    statuses = {stranger.get(path).status_code for _ in range(120)}

    response = stranger.get(path)

    assert statuses == {401 if path == "/tasks" else 404}
    error = error_of(response, 429)
    assert error == {
        "code": "rate_limited",
        "message": "Too many requests.",
        "retry_after": error["retry_after"],
    }
    assert str(error["retry_after"]) == response.headers["Retry-After"]
    assert 1 <= error["retry_after"] <= 60


@pytest.mark.parametrize("method", ["PATCH", "PUT", "GET", "OPTIONS", "TRACE"])
def test_ns_30_a_method_that_is_not_there(phone: Phone, task: Task, method: str) -> None:
    response = phone.send(method, f"/tasks/{task.pk}/trigger")

    message = f'Method "{method}" not allowed.'
    assert body_of(response, 404) == {"error": {"code": "not_found", "message": message}}
    assert "Allow" not in response


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 990 + b"]" * 990, b'{"name": "\\u0000"}'])
def test_ns_30_broken_json(phone: Phone, body: bytes) -> None:
    before = everything()

    assert error_of(phone.post("/tasks", body), 400)["message"] == "Malformed request."
    assert everything() == before


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true"])
def test_ns_30_a_body_that_is_no_object(phone: Phone, task: Task, body: bytes) -> None:
    before = everything()

    for method, path in [("POST", "/tasks"), ("PATCH", f"/tasks/{task.pk}"), ("POST", "/session")]:
        assert error_of(phone.send(method, path, body), 400)["message"] == "The body must be a JSON object."
    assert everything() == before


def test_every_path_answers_with_and_without_a_slash(phone: Phone) -> None:
    assert phone.get("/tasks/").content == phone.get("/tasks").content
    assert PREFIX == "/internal_api"


def test_fields_are_named_as_they_were_sent(phone: Phone) -> None:
    refused = fields_of(phone.post("/tasks", {"name": "x", "due_at": "tomorrow", "project_id": 10**9}))

    assert set(refused) == {"due_at"}
