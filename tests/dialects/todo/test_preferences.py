"""GET and PUT /api/v1/user/user-preferences."""

from typing import Any

import pytest

from accounts.models import Preferences, User
from tests.dialects.todo.conftest import App

pytestmark = pytest.mark.django_db

PATH = "/api/v1/user/user-preferences"
DEFAULTS = {
    "emailEnabled": True,
    "reminderBefore": 30,
    "taskRemainders": True,
    "automaticRemainder": True,
    "dailyDigest": False,
    "digestTime": None,
}
OTHERS = {
    "emailEnabled": False,
    "reminderBefore": 0,
    "taskRemainders": False,
    "automaticRemainder": False,
    "dailyDigest": True,
    "digestTime": "07:05",
}


def test_a_fresh_account_has_the_defaults(owners: App) -> None:
    answer = owners.get(PATH)

    assert (answer.status_code, answer.json()) == (200, DEFAULTS)


def test_an_account_from_before_there_were_preferences_has_the_defaults(owners: App, owner: User) -> None:
    Preferences.objects.filter(user=owner).delete()

    assert owners.get(PATH).json() == DEFAULTS
    assert owners.put(PATH, {"dailyDigest": True}).status_code == 200
    assert owners.get(PATH).json() == {**DEFAULTS, "dailyDigest": True}


def test_all_can_be_changed(owners: App) -> None:
    answer = owners.put(PATH, OTHERS)

    assert (answer.status_code, answer.json()) == (200, {"msg": "Preferences updated successfully"})
    assert owners.get(PATH).json() == OTHERS


@pytest.mark.parametrize("name", list(OTHERS))
def test_each_can_be_changed_alone(owners: App, name: str) -> None:
    assert owners.put(PATH, {name: OTHERS[name], "unheardOf": 1}).status_code == 200

    assert owners.get(PATH).json() == {**DEFAULTS, name: OTHERS[name]}


def test_the_digest_can_lose_its_time(owners: App) -> None:
    owners.put(PATH, OTHERS)

    assert owners.put(PATH, {"digestTime": None}).status_code == 200
    assert owners.get(PATH).json() == {**OTHERS, "digestTime": None}


@pytest.mark.parametrize("body", [None, {}, {"unheardOf": 1}])
def test_nothing_to_change_is_refused(owners: App, body: Any) -> None:
    answer = owners.put(PATH, body)

    assert (answer.status_code, answer.json()) == (400, {"message": "Send at least one preference."})


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"emailEnabled": "true"},
        {"emailEnabled": 1},
        {"emailEnabled": None},
        {"reminderBefore": -1},
        {"reminderBefore": 40_321},
        {"reminderBefore": 1.5},
        {"reminderBefore": "30"},
        {"reminderBefore": True},
        {"reminderBefore": 2**63},
        {"digestTime": "7:05"},
        {"digestTime": "24:00"},
        {"digestTime": "\u0660\u0667:\u0660\u0665"},
        {"digestTime": ""},
        {"digestTime": 7},
        {"dailyDigest": True, "taskRemainders": "no"},
    ],
)
def test_what_is_no_preference_is_refused(owners: App, body: Any) -> None:
    answer = owners.put(PATH, body)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert owners.get(PATH).json() == DEFAULTS


def test_everybody_has_their_own(owners: App, teammates: App, outsiders: App, app: App) -> None:
    owners.put(PATH, OTHERS)

    assert [other.get(PATH).json() for other in (teammates, outsiders)] == [DEFAULTS] * 2
    assert (app.get(PATH).status_code, app.put(PATH, OTHERS).status_code) == (401, 401)
