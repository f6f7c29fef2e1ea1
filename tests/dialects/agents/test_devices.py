"""Devices: push tokens and presence. Source: agents.md A.2, A.6, PH-28, PH-29; reliability.md P27."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import PushToken, User
from tasks.models import Presence
from tasks.operations.presence import forget_expired_presence
from tasktracker.core import clock
from tests.dialects.agents.conftest import ABSENT, NO_PROJECT, NOT_FOUND, Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db
TOKENS = "/api/users/@me/push_tokens/"
NO_DEVICE = {**NOT_FOUND, "detail": "device_id does not match a push token registered by the caller"}


def register(api: Api, token: str = "secret-of-a-phone", platform: str = "ios") -> dict[str, Any]:
    """Register a device; it must succeed."""
    response = api.call("POST", TOKENS, {"token": token, "platform": platform})
    assert response.status_code == 200, response.content
    return response.json()


def test_ph_28_a_device_is_registered_and_says_what_it_watches(api: Api) -> None:
    task = api.make()
    response = api.call("POST", TOKENS, {"token": "secret-of-a-phone", "platform": "ios"})
    device = response.json()
    place, body = f"tasks/{task['id']}/presence/", {"device_id": device["id"]}

    calls = [api.call(method, place, body) for method in ("POST", "POST", "DELETE", "DELETE")]

    assert response.status_code == 200
    assert set(device) == {"id", "platform", "created_at", "last_seen_at"}
    assert b"secret-of-a-phone" not in response.content
    assert [(call.status_code, call.content) for call in calls] == [(204, b"")] * 4
    assert not Presence.objects.exists()


def test_presence_is_one_row_that_is_prolonged(api: Api) -> None:
    task, device = api.make(), register(api)
    place, body = f"tasks/{task['id']}/presence/", {"device_id": device["id"]}
    before = clock.now()
    api.call("POST", place, body)
    Presence.objects.update(expires_at=before - timedelta(days=1))

    api.call("POST", place, body)

    row = Presence.objects.get()
    assert before + timedelta(seconds=60) <= row.expires_at <= clock.now() + timedelta(seconds=60)
    assert str(row.push_token_id) == device["id"]


def test_presence_ends_by_its_device_in_the_query_too(api: Api) -> None:
    task, device = api.make(), register(api)
    place = f"tasks/{task['id']}/presence/"
    api.call("POST", place, {"device_id": device["id"]})

    assert api.call("DELETE", f"{place}?device_id={device['id']}").status_code == 204
    assert not Presence.objects.exists()


def test_ph_29_a_device_must_be_ones_own(api: Api, mates_api: Api) -> None:
    task, theirs = api.make(), register(mates_api)
    place = f"tasks/{task['id']}/presence/"
    before = everything()

    for device in (str(ABSENT), theirs["id"]):
        refused = api.call("POST", place, {"device_id": device})
        assert (refused.status_code, refused.json()) == (404, NO_DEVICE)
    for method in ("POST", "DELETE"):
        nothing = api.call(method, place)
        assert refusal(nothing) == invalid("required", "device_id", "This field is required.")
        wrong = api.call(method, place, {"device_id": "abc"})
        assert refusal(wrong) == invalid("invalid_input", "device_id", "Must be a valid UUID.")
    assert everything() == before


def test_presence_of_a_task_that_is_not_there_is_not_found(
    api: Api, outsiders_api: Api, mates_api: Api
) -> None:
    task, device = api.make(), register(api)
    body = {"device_id": device["id"]}

    for method in ("POST", "DELETE"):
        absent = api.call(method, f"tasks/{ABSENT}/presence/", body)
        assert (absent.status_code, absent.json()) == (404, NOT_FOUND)
        foreign = outsiders_api.call(method, f"tasks/{task['id']}/presence/", body)
        assert (foreign.status_code, foreign.json()) == (404, NO_PROJECT)
    api.call("POST", f"tasks/{task['id']}/presence/", body)
    assert mates_api.call("DELETE", f"tasks/{task['id']}/presence/", body).status_code == 204
    assert Presence.objects.count() == 1  # somebody else's presence is nothing that one can end


def test_registering_again_says_that_a_device_is_still_there(api: Api) -> None:
    first = register(api)

    again = register(api, platform="android")

    assert again == {**first, "platform": "android", "last_seen_at": again["last_seen_at"]}
    assert again["last_seen_at"] > first["last_seen_at"]


def test_a_device_belongs_to_who_registered_it_last(api: Api, mates_api: Api, teammate: User) -> None:
    task, device = api.make(), register(api)
    api.call("POST", f"tasks/{task['id']}/presence/", {"device_id": device["id"]})

    theirs = register(mates_api)

    row = PushToken.objects.get()
    assert (str(row.pk), row.user) == (theirs["id"], teammate)
    assert theirs["id"] != device["id"]
    assert not Presence.objects.exists()


def test_the_21st_device_takes_the_place_of_the_one_seen_longest_ago(api: Api, mates_api: Api) -> None:
    theirs = register(mates_api, "theirs")["id"]
    ids = [register(api, f"device {number}")["id"] for number in range(20)]
    register(api, "device 0")

    newest = register(api, "device 20")["id"]

    left = {str(pk) for pk in PushToken.objects.values_list("pk", flat=True)}
    assert left == {theirs, newest, ids[0], *ids[2:]}


def test_a_token_is_sealed(api: Api) -> None:
    register(api)

    (row,) = PushToken.objects.values()
    assert "secret-of-a-phone" not in str(row)


def test_a_forgotten_device_watches_nothing(api: Api, mates_api: Api) -> None:
    task, device = api.make(), register(api)
    api.call("POST", f"tasks/{task['id']}/presence/", {"device_id": device["id"]})
    path, body = f"{TOKENS}unregister/", {"token": "secret-of-a-phone"}

    others = mates_api.call("POST", path, body)
    kept = PushToken.objects.count()
    own = [api.call("POST", path, body) for _ in range(2)]

    assert [(call.status_code, call.content) for call in (others, *own)] == [(204, b"")] * 3
    assert (kept, PushToken.objects.count(), Presence.objects.count()) == (1, 0, 0)


@pytest.mark.parametrize(
    ("body", "code", "attr"),
    [
        ({"platform": "ios"}, "required", "token"),
        ({"token": "x"}, "required", "platform"),
        ({"token": "", "platform": "ios"}, "blank", "token"),
        ({"token": "x" * 513, "platform": "ios"}, "max_length", "token"),
        ({"token": "x", "platform": "watch"}, "invalid_choice", "platform"),
    ],
)
def test_what_is_no_device_is_refused(api: Api, body: dict[str, str], code: str, attr: str) -> None:
    before = everything()

    refused = api.call("POST", TOKENS, body)

    assert refusal(refused, with_detail=False) == invalid(code, attr)
    assert everything() == before


@pytest.mark.parametrize("user", ["1", "@you", "%00"])
@pytest.mark.parametrize("path", ["", "unregister/"])
def test_only_ones_own_devices_can_be_named(api: Api, user: str, path: str) -> None:
    body = {"token": "x", "platform": "ios"}

    refused = api.call("POST", f"/api/users/{user}/push_tokens/{path}", body)

    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert not PushToken.objects.exists()


def test_devices_ask_for_a_key(client: Client) -> None:
    assert client.post(TOKENS).status_code == 401


def test_expired_presence_is_removed_after_a_day(api: Api) -> None:
    task, device = api.make(), register(api)
    api.call("POST", f"tasks/{task['id']}/presence/", {"device_id": device["id"]})

    assert forget_expired_presence(clock.now() + timedelta(days=1)) == 0
    assert forget_expired_presence(clock.now() + timedelta(days=1, seconds=61)) == 1
