"""Devices on the web: the mobile apps that an account is signed in with."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Credential, User
from accounts.operations.credentials import issue_triggers_token
from accounts.operations.devices import check_device_token, issue_device_token
from accounts.rules.principal import Principal
from tasktracker.core.errors import BadCredential
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(owner: User) -> str:
    """Of the owner's phone."""
    return issue_device_token(user=owner, name="Pixel 9", at=NOW).token


def names(person: Client) -> list[str]:
    return [device.name for device in person.get("/settings/devices").context["page"]]


def test_they_are_listed_with_their_last_use(person: Client, owner: User, token: str) -> None:
    issue_device_token(user=owner, name="Tablet", at=NOW)
    check_device_token(token)

    page = person.get("/settings/devices").content.decode()

    assert names(person) == ["Tablet", "Pixel 9"]
    assert ("never used" in page, "last used" in page) == (True, True)
    assert token not in page


def test_nobody_is_told_of_none(person: Client) -> None:
    assert "No mobile app is signed in." in person.get("/settings/devices").content.decode()


def test_one_is_signed_out(person: Client, owner: User, token: str) -> None:
    issue_device_token(user=owner, name="Tablet", at=NOW)
    device = Credential.objects.get(name="Pixel 9")

    answer = person.post(f"/settings/devices/{device.pk}/revoke", follow=True)

    assert "The device is signed out." in answer.content.decode()
    assert names(person) == ["Tablet"]
    with pytest.raises(BadCredential):
        check_device_token(token)


def test_a_second_time_it_is_not_there(person: Client, token: str) -> None:
    device = Credential.objects.get()
    person.post(f"/settings/devices/{device.pk}/revoke")
    before = rows()

    assert person.post(f"/settings/devices/{device.pk}/revoke").status_code == 404
    assert rows() == before


def test_others_neither_see_nor_end_it(
    teammate: User, outsider: User, organization: object, sign_in: Callable[[User], Client], token: str
) -> None:
    device = Credential.objects.get()

    for other in (sign_in(teammate), sign_in(outsider)):
        before = rows()
        assert names(other) == []
        for device_id in (device.pk, ABSENT):
            assert other.post(f"/settings/devices/{device_id}/revoke").status_code == 404
        assert rows() == before


def test_a_token_is_no_device(person: Client, owner: User, principal_of: Callable[..., Principal]) -> None:
    issued = issue_triggers_token(principal=principal_of(owner), name="t", scope="user", at=NOW)
    before = rows()

    assert person.post(f"/settings/devices/{issued.credential.pk}/revoke").status_code == 404
    assert rows() == before


def test_strangers_are_sent_to_sign_in(client: Client, token: str) -> None:
    device = Credential.objects.get()

    for answer in (client.get("/settings/devices"), client.post(f"/settings/devices/{device.pk}/revoke")):
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")


def test_a_page_holds_fifty(person: Client, owner: User) -> None:
    for number in range(51):
        issue_device_token(user=owner, name=f"Phone {number}", at=NOW)

    assert len(names(person)) == 50
    assert "?page=2" in person.get("/settings/devices").content.decode()
