"""Devices that are told by push: `/internal_api/push_devices`."""

from typing import Any

import pytest

from accounts.models import PushToken
from tests.dialects.mobile.conftest import (
    ABSENT,
    NOT_FOUND,
    Phone,
    body_of,
    everything,
    fields_of,
    is_done,
    items,
    statements,
)

pytestmark = pytest.mark.django_db

NEW = {"token": "fcm:secret-token", "platform": "android"}


def add(phone: Phone, **changes: Any) -> dict[str, Any]:
    return dict(body_of(phone.post("/push_devices", {**NEW, **changes}), 201))


def test_the_token_is_never_echoed(phone: Phone) -> None:
    made = add(phone)

    shown = {
        "id": str(PushToken.objects.get().pk),
        "platform": "android",
        "created_at": made["created_at"],
        "last_seen_at": made["created_at"],
    }
    assert made == shown
    assert items(phone.get("/push_devices")) == [shown]
    assert b"secret-token" not in phone.get("/push_devices").content


def test_registering_again_is_the_same_device(phone: Phone) -> None:
    first, again = add(phone), add(phone)

    assert (again["id"], again["created_at"]) == (first["id"], first["created_at"])
    assert again["last_seen_at"] >= first["last_seen_at"]
    assert PushToken.objects.count() == 1


def test_it_belongs_to_who_registered_it_last(phone: Phone, outsiders: Phone) -> None:
    add(phone)
    add(outsiders)

    assert items(phone.get("/push_devices")) == []
    assert len(items(outsiders.get("/push_devices"))) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"token": ""}, "token"),
        ({"token": None}, "token"),
        ({"token": "x" * 513}, "token"),
        ({"token": 5}, "token"),
        ({"platform": "windows"}, "platform"),
        ({"platform": ""}, "platform"),
        ({"platform": "a long platform"}, "platform"),
    ],
)
def test_what_cannot_be(phone: Phone, changes: dict[str, Any], field: str) -> None:
    before = everything()

    assert set(fields_of(phone.post("/push_devices", {**NEW, **changes}))) == {field}
    assert everything() == before


def test_forgetting_one(phone: Phone) -> None:
    made = add(phone)

    assert is_done(phone.delete(f"/push_devices/{made['id']}"))
    assert items(phone.get("/push_devices")) == []
    assert body_of(phone.delete(f"/push_devices/{made['id']}"), 404) == NOT_FOUND


def test_nobody_else_sees_or_forgets_it(phone: Phone, others: list[Phone]) -> None:
    made = add(phone)
    before = everything()

    for other in others:
        assert items(other.get("/push_devices")) == []
        for device_id in (made["id"], ABSENT, "x"):
            assert body_of(other.delete(f"/push_devices/{device_id}"), 404) == NOT_FOUND
    assert everything() == before


def test_the_statements_do_not_grow(phone: Phone) -> None:
    add(phone)
    one = statements(lambda: phone.get("/push_devices"))
    for number in (2, 3):
        add(phone, token=f"token {number}")

    assert statements(lambda: phone.get("/push_devices")) == one == 3  # token, count, page
