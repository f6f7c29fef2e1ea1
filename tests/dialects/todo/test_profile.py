"""GET and POST /api/v1/user/profile, PUT /api/v1/user/name. Pictures: test_picture.py."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.dialects.todo.conftest import App

pytestmark = pytest.mark.django_db

PROFILE, NAME = "/api/v1/user/profile", "/api/v1/user/name"


def name_of(user: User) -> str:
    user.refresh_from_db()
    return user.name


def test_the_profile_is_ones_own(owners: App, teammates: App, outsiders: App, owner: User) -> None:
    answer = owners.get(PROFILE)

    assert answer.status_code == 200
    assert answer.json() == {
        "user": {
            "id": owner.pk,
            "name": "Owner",
            "email": "owner@example.com",
            "image": None,
            "isPasswordSet": True,
            "isOAuthLinked": False,
            "provider": None,
            "createdAt": "2026-03-02T12:00:00.000Z",
        }
    }
    assert owner.date_joined.tzinfo == UTC
    assert teammates.get(PROFILE).json()["user"]["email"] == "teammate@example.com"
    assert outsiders.get(PROFILE).json()["user"]["email"] == "outsider@example.com"


def test_what_is_not_known_is_null(app_of: Callable[[User], App], make_user: Any) -> None:
    guest = make_user("guest", password=None)
    User.objects.filter(pk=guest.pk).update(name="")

    shown = app_of(guest).get(PROFILE).json()["user"]

    assert (shown["name"], shown["image"], shown["isPasswordSet"]) == (None, None, False)


def test_it_costs_three_statements(owners: App) -> None:
    with CaptureQueriesContext(connection) as statements:
        owners.get(PROFILE)

    assert len(statements) == 3


def test_the_name_can_be_changed(owners: App, owner: User, outsider: User) -> None:
    answer = owners.put(NAME, {"name": " Ann Ökonom "})

    assert (answer.status_code, answer.json()) == (200, {"msg": "Name updated successfully to Ann Ökonom"})
    assert (name_of(owner), name_of(outsider)) == ("Ann Ökonom", "Outsider")


def test_the_profile_takes_json(owners: App, owner: User) -> None:
    answer = owners.post(PROFILE, {"name": "Ann", "image": "https://elsewhere.example/x.png"})

    assert (answer.status_code, answer.json()) == (201, {"msg": "User profile updated successfully"})
    assert owners.get(PROFILE).json()["user"]["name"] == "Ann"
    assert owners.get(PROFILE).json()["user"]["image"] is None


@pytest.mark.parametrize(
    "body", [None, {}, [], {"name": ""}, {"name": "  "}, {"name": None}, {"name": 7}, {"name": "x" * 201}]
)
@pytest.mark.parametrize(("method", "path"), [("PUT", NAME), ("POST", PROFILE)])
def test_what_is_no_name_is_refused(owners: App, owner: User, method: str, path: str, body: Any) -> None:
    answer = owners.call(method, path, body)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert name_of(owner) == "Owner"


def test_nobody_changes_another_profile(app: App, outsiders: App, teammates: App, owner: User) -> None:
    strange = [app.get(PROFILE), app.post(PROFILE, {"name": "X"}), app.put(NAME, {"name": "X"})]
    outsiders.put(NAME, {"name": "X", "id": owner.pk, "user": owner.pk})
    teammates.post(PROFILE, {"name": "Y", "id": owner.pk})

    assert [answer.status_code for answer in strange] == [401] * 3
    assert name_of(owner) == "Owner"
