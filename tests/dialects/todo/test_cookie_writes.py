"""P29: no write below /api/v1 can be forged by a page of another site. /api/v2: test_doors.py.

In a browser: tests/browser/test_other_site.py.
"""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import GuessCounter
from tests.conftest import PASSWORD
from tests.dialects.todo.calls import DOORS, writes
from tests.dialects.todo.conftest import App, mails

pytestmark = pytest.mark.django_db

FOREIGN = {
    "another site": {"origin": "https://evil.example"},
    "another port": {"origin": "http://testserver:8001"},
    "another scheme": {"origin": "https://testserver"},
    "a sibling": {"origin": "http://sub.testserver"},
    "a longer name": {"origin": "http://testserver.evil.example"},
    "a sandboxed frame": {"origin": "null"},
    "no origin at all": {"origin": ""},
    "cross-site": {"sec_fetch_site": "cross-site"},
    "same-site": {"sec_fetch_site": "same-site"},
    "an unknown word": {"sec_fetch_site": "other"},
    "ours, sent from another site": {"origin": "http://testserver", "sec_fetch_site": "cross-site"},
    "another, sent from ours": {"origin": "https://evil.example", "sec_fetch_site": "same-origin"},
}
OWN = [
    {},
    {"origin": "http://testserver"},
    {"origin": "http://testserver", "sec_fetch_site": "same-origin"},
    {"sec_fetch_site": "none"},
    {"origin": "http://127.0.0.1:8000"},  # TASKTRACKER_BASE_URL
]
# What a form of HTML can be sent as, and what fetch() may send without asking first.
SIMPLE_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
BODY = {"title": "Forged", "name": "Forged", "email": "owner@example.com", "password": PASSWORD}


def everything() -> dict[str, list[Any]]:
    """Every row of the domain."""
    models = [
        model
        for label in ("accounts", "tasks", "outbox")
        for model in apps.get_app_config(label).get_models()
    ]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def named(call: tuple[str, str]) -> str:
    return " ".join(call)


@pytest.mark.parametrize("call", writes(), ids=named)
def test_another_site_changes_nothing(owners: App, call: tuple[str, str]) -> None:
    before = everything()

    answers = {
        (name, body is None): owners.call(*call, body, **headers)
        for name, headers in FOREIGN.items()
        for body in (None, BODY)
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 403)
    assert all(list(answer.json()) == ["message"] for answer in answers.values())
    assert all("Set-Cookie" not in answer.headers for answer in answers.values())
    assert everything() == before


@pytest.mark.parametrize("call", writes(), ids=named)
def test_a_form_cannot_carry_json(owners: App, call: tuple[str, str]) -> None:
    before = everything()
    body = b'{"title": "Forged", "name": "Forged", "a": "="}'

    answers = [owners.call(*call, body, content_type=simple) for simple in SIMPLE_TYPES]

    assert [(answer.status_code, list(answer.json())) for answer in answers] == [(400, ["message"])] * 4
    assert everything() == before


@pytest.mark.parametrize("call", writes(), ids=named)
def test_our_own_site_and_programs_may(app_of: Any, owner: Any, call: tuple[str, str]) -> None:
    for headers in OWN:
        assert app_of(owner).call(*call, BODY, **headers).status_code != 403


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_our_own_site_and_programs_change_things(owners: App, headers: dict[str, str]) -> None:
    assert owners.put("/api/v1/user/name", {"name": "Ann"}, **headers).status_code == 200
    assert owners.get("/api/v1/user/profile").json()["user"]["name"] == "Ann"


def test_reading_is_free(owners: App, app: App) -> None:
    for headers in FOREIGN.values():
        assert owners.get("/api/v1/user/profile", **headers).status_code == 200


def test_no_answer_lets_another_site_read_it(owners: App) -> None:
    for method in ("GET", "OPTIONS"):
        answer = owners.call(
            method,
            "/api/v1/user/profile",
            origin="https://evil.example",
            access_control_request_method="PUT",
            access_control_request_headers="content-type",
        )

        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("path", sorted(DOORS - {"/api/v1/auth-check"}))
def test_another_site_signs_nobody_in_and_uses_up_no_try(app: App, owner: Any, path: str) -> None:
    """Login CSRF: the victim would work in the attacker's account without noticing."""
    for headers in FOREIGN.values():
        answer = app.post(path, {**BODY, "code": "123456"}, **headers)

        assert answer.status_code == 403
    assert (app.cookie, mails(), GuessCounter.objects.count()) == (None, [], 0)


def test_pages_ask_for_their_token_as_before(owner: Any) -> None:
    person = Client(enforce_csrf_checks=True)
    person.force_login(owner)

    assert person.post("/settings/", {"name": "Forged", "time_zone": "UTC"}).status_code == 403
