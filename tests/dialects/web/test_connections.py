"""Settings: what is mailed, the calendar's address, the stakes key, Beeminder."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import Beeminder, User
from accounts.operations.derived_keys import check_stakes_key, stakes_key
from accounts.operations.integrations import token_purpose
from accounts.rules.principal import Principal
from tasktracker.core.errors import DomainError
from tasktracker.core.sealing import unseal

pytestmark = pytest.mark.django_db
FEED = f"{django_settings.TASKTRACKER_BASE_URL}/api2/calendar/"


def address_in(page: str) -> str:
    (address,) = re.findall(r'id="feed-address" tabindex="0">([^<]+)<', page)
    return str(address)


def test_the_digest_is_switched_off_and_on(person: Client, owner: User) -> None:
    assert "checked" in person.get("/settings/mail").content.decode()

    person.post("/settings/mail", {})
    owner.refresh_from_db()
    assert owner.is_unsubscribed
    assert "checked" not in person.get("/settings/mail").content.decode()

    person.post("/settings/mail", {"wants_digest": "on"})
    owner.refresh_from_db()
    assert not owner.is_unsubscribed


def test_the_feed_is_made_shown_and_given_another_address(person: Client) -> None:
    assert "Make a feed" in person.get("/settings/calendar").content.decode()

    page = person.post("/settings/calendar", follow=True)
    first = address_in(page.content.decode())
    assert first.startswith(FEED)
    assert f'href="webcal://{first.partition("://")[2]}"' in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    assert Client().get(first.removeprefix(django_settings.TASKTRACKER_BASE_URL)).status_code == 200

    second = address_in(person.post("/settings/calendar", follow=True).content.decode())
    assert second != first
    assert Client().get(first.removeprefix(django_settings.TASKTRACKER_BASE_URL)).status_code == 404
    assert Client().get(second.removeprefix(django_settings.TASKTRACKER_BASE_URL)).status_code == 200


def test_looking_changes_no_address(person: Client) -> None:
    person.get("/settings/calendar")
    assert "Make a feed" in person.get("/settings/calendar").content.decode()
    first = address_in(person.post("/settings/calendar", follow=True).content.decode())
    assert address_in(person.get("/settings/calendar").content.decode()) == first


def test_the_stakes_key_is_shown_and_replaced(
    person: Client, owner: User, principal_of: Callable[..., Principal]
) -> None:
    key = stakes_key(principal=principal_of(owner))
    page = person.get("/settings/stakes-key")
    assert key in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"

    person.post("/settings/stakes-key")

    with pytest.raises(DomainError):
        check_stakes_key(key)
    newer = stakes_key(principal=principal_of(owner))
    assert check_stakes_key(newer).user_id == owner.pk
    assert newer in person.get("/settings/stakes-key").content.decode()


def test_beeminder_is_connected_changed_and_left(person: Client, owner: User) -> None:
    assert "Not connected" in person.get("/settings/beeminder").content.decode()
    values = {
        "beeminder_username": "ann",
        "beeminder_token": "s3cret-token",
        "beeminder_goal_new_tasks": "tasks",
    }

    page = person.post("/settings/beeminder", values, follow=True).content.decode()
    assert "Connected" in page
    assert "s3cret-token" not in page
    row = Beeminder.objects.get(pk=owner.pk)
    assert unseal(row.token_sealed, purpose=token_purpose(owner.pk)) == b"s3cret-token"

    person.post("/settings/beeminder", {**values, "beeminder_token": "", "beeminder_goal_new_tasks": ""})
    row.refresh_from_db()
    assert (row.username, row.goal_new_tasks) == ("ann", "")
    assert unseal(row.token_sealed, purpose=token_purpose(owner.pk)) == b"s3cret-token"

    person.post("/settings/beeminder/leave")
    row.refresh_from_db()
    assert (row.username, row.token_sealed, row.goal_new_tasks) == ("", "", "")


@pytest.mark.parametrize(
    "wrong",
    [{"beeminder_username": "no good"}, {"beeminder_token": "no\tgood"}, {"beeminder_goal_new_tasks": "/"}],
)
def test_what_beeminder_would_not_know_is_refused(person: Client, wrong: dict[str, str]) -> None:
    answer = person.post("/settings/beeminder", {"beeminder_username": "ann", **wrong})

    assert answer.status_code == 422
    assert "This is not what Beeminder calls it." in answer.content.decode()
    assert not Beeminder.objects.exists()


@pytest.mark.parametrize("path", ["mail", "calendar", "stakes-key", "beeminder"])
def test_everybody_has_their_own(
    path: str, person: Client, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    person.post("/settings/calendar")
    person.post("/settings/beeminder", {"beeminder_username": "anns-name", "beeminder_token": "x"})
    mine = person.get(f"/settings/{path}").content.decode()
    secrets = {word for word in mine.split() if "tr2_" in word or "cal_" in word or "anns-name" in word}

    for other in (teammate, outsider):
        theirs = sign_in(other).get(f"/settings/{path}").content.decode()
        assert not any(secret in theirs for secret in secrets)
    assert Client().get(f"/settings/{path}").status_code == 302
