"""Tokens for triggers, made and revoked on a phone: `/internal_api/tokens`."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Credential, User
from accounts.operations.credentials import issue_triggers_token
from accounts.rules.principal import Principal
from accounts.rules.scopes import DEVICE_TOKEN, TRIGGERS_TOKEN
from tasks.models import Task
from tests.conftest import NOW
from tests.dialects.mobile.conftest import (
    ABSENT,
    NOT_FOUND,
    Phone,
    body_of,
    error_of,
    everything,
    fields_of,
    is_done,
    items,
    statements,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(owner: User, principal_of: Callable[..., Principal]) -> Credential:
    return issue_triggers_token(
        principal=principal_of(owner), name="doorbell", scope="user", at=NOW
    ).credential


def calls(phone: Phone, token: str, task: Task) -> int:
    """What triggers says to it."""
    headers = {"Authorization": f"Bearer {token}"}
    status: int = phone.client.post(f"/api/v1/tasks/{task.pk}/trigger", headers=headers).status_code
    return status


def test_the_text_is_shown_once(phone: Phone, task: Task) -> None:
    made = body_of(
        phone.post("/tokens", {"name": "door", "scope": "user", "expires_at": "2100-01-04T12:00:00Z"}), 201
    )

    credential = Credential.objects.get(kind=TRIGGERS_TOKEN)
    listed = {
        "id": str(credential.pk),
        "name": "door",
        "scope": "user",
        "created_at": made["created_at"],
        "last_used_at": None,
        "expires_at": "2100-01-04T12:00:00Z",
        "revoked_at": None,
    }
    assert made == {**listed, "token": made["token"]}
    assert items(phone.get("/tokens")) == [listed]
    assert calls(phone, made["token"], task) == 200


def test_for_one_task_alone(phone: Phone, task: Task, make_task: Callable[..., Task]) -> None:
    made = body_of(phone.post("/tokens", {"name": "door", "scope": f"task:{task.pk}"}), 201)

    assert (made["scope"], made["expires_at"]) == (f"task:{task.pk}", None)
    assert [calls(phone, made["token"], each) for each in (task, make_task())] == [200, 403]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": ...}, "name"),
        ({"scope": ...}, "scope"),
        ({"scope": "admin"}, "scope"),
        ({"scope": f"task:{ABSENT}"}, "scope"),
        ({"scope": "task:1"}, "scope"),
        ({"expires_at": "2000-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2100-01-01"}, "expires_at"),
        ({"expires_at": 4102747200}, "expires_at"),
    ],
)
def test_what_cannot_be(phone: Phone, changes: dict[str, Any], field: str) -> None:
    given = {"name": "door", "scope": "user", **changes}
    before = everything()

    refused = phone.post("/tokens", {name: value for name, value in given.items() if value is not ...})

    assert set(fields_of(refused)) == {field}
    assert everything() == before


def test_a_task_of_others_is_no_scope(others: list[Phone], task: Task) -> None:
    before = everything()

    for other in others:
        refused = other.post("/tokens", {"name": "door", "scope": f"task:{task.pk}"})
        assert set(fields_of(refused)) == {"scope"}
    assert everything() == before


def test_revoking(phone: Phone, token: Credential) -> None:
    assert is_done(phone.delete(f"/tokens/{token.pk}"))
    before = everything()

    (shown,) = items(phone.get("/tokens"))
    assert shown["revoked_at"].endswith("Z")
    assert error_of(phone.delete(f"/tokens/{token.pk}"), 409)
    assert everything() == before


def test_nobody_else_sees_or_revokes_it(others: list[Phone], token: Credential) -> None:
    before = everything()

    for other in others:
        assert items(other.get("/tokens")) == []
        for token_id in (token.pk, ABSENT, "x"):
            assert body_of(other.delete(f"/tokens/{token_id}"), 404) == NOT_FOUND
    assert everything() == before


def test_a_device_is_no_token(phone: Phone) -> None:
    device = Credential.objects.get(kind=DEVICE_TOKEN)

    assert body_of(phone.delete(f"/tokens/{device.pk}"), 404) == NOT_FOUND
    assert items(phone.get("/tokens")) == []


def test_newest_first_in_as_many_statements(
    phone: Phone, owner: User, principal_of: Callable[..., Principal], token: Credential
) -> None:
    phone.get("/tokens")
    one = statements(lambda: phone.get("/tokens"))
    for name in ("b", "c"):
        issue_triggers_token(principal=principal_of(owner), name=name, scope="user", at=NOW)

    assert [shown["name"] for shown in items(phone.get("/tokens"))] == ["c", "b", "doorbell"]
    assert statements(lambda: phone.get("/tokens")) == one == 3  # token, count, page
