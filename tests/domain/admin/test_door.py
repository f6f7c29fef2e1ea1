"""Who comes into the admin: staff alone, with a second factor that this session has shown."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin import site
from django.test import Client
from django.urls import URLPattern, URLResolver

from accounts.models import User
from tests.conftest import PASSWORD
from tests.domain.web.test_mfa import code_of
from tests.plugins.staff import SECRET, add_factor, enter, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    return make_staff(make_user("staff"), is_superuser=True)


def addresses(patterns: Any, before: str = "/admin/") -> Iterator[str]:
    """Every address of the admin, with 1 for what varies."""
    for pattern in patterns:
        route = str(pattern.pattern)
        route = re.sub(r"<uuid:\w+>", "01900000-0000-7000-8000-000000000000", route)
        route = re.sub(r"<[\w:]+>", "1", route)
        route = re.sub(r"\(\?P1\(?([a-z_]+)[^/]*\)", r"\1", route).strip("^$")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, before + route)
        elif isinstance(pattern, URLPattern):
            yield before + route


EVERYWHERE = sorted({each for each in addresses(site.get_urls()) if not each.startswith("/admin/login")})


def test_every_address_is_tried() -> None:
    assert len(EVERYWHERE) > 150
    assert {"/admin/", "/admin/charges/charge/1/command/", "/admin/jsi18n/", "/admin/autocomplete/"} <= set(
        EVERYWHERE
    )


@pytest.mark.parametrize("who", ["nobody", "somebody", "without a factor", "with a factor not shown"])
def test_nobody_else_comes_in_anywhere(who: str, owner: User, staff: User, client: Client) -> None:
    if who == "somebody":
        enter(client, owner)
    elif who != "nobody":
        client.force_login(staff)
    if who == "with a factor not shown":
        add_factor(staff)

    for address in EVERYWHERE:
        for answer in (client.get(address), client.post(address, {"post": "yes"})):
            assert answer.status_code == 302, address
            to = str(answer["Location"])
            assert to.startswith("/admin/login/?next=/admin/") or (address, to) == (
                "/admin/logout/",
                "/admin/",
            ), address


def test_the_door_asks_strangers_to_sign_in(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/charges/charge/")

    assert answer["Location"] == "/accounts/login/?next=/admin/charges/charge/"


def test_passwords_are_not_tried_at_the_door(staff: User, client: Client) -> None:
    given = {"username": staff.email, "password": PASSWORD}

    assert client.post("/admin/login/", given)["Location"] == "/accounts/login/?next=/admin/"
    assert "_auth_user_id" not in client.session


def test_people_who_are_not_staff_are_sent_away(owner: User, client: Client) -> None:
    enter(client, owner)

    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_staff_without_a_factor_is_sent_to_set_one_up(staff: User, client: Client) -> None:
    client.force_login(staff)

    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain == [("/admin/login/?next=/admin/", 302), ("/accounts/2fa/", 302)]
    assert b"Staff needs a second factor." in answer.content


def test_recovery_codes_alone_are_no_factor(staff: User, client: Client) -> None:
    enter(client, staff)
    Authenticator.objects.filter(user=staff).update(type=Authenticator.Type.RECOVERY_CODES)

    assert client.get("/admin/").status_code == 302


def test_a_factor_that_was_taken_away_opens_nothing(staff: User, client: Client) -> None:
    enter(client, staff)
    assert client.get("/admin/").status_code == 200

    Authenticator.objects.filter(user=staff).delete()

    assert client.get("/admin/").status_code == 302


def test_a_session_from_before_shows_its_factor_and_comes_in(
    staff: User, client: Client, settings: Any
) -> None:
    settings.MFA_TOTP_TOLERANCE = 1
    client.force_login(staff)
    add_factor(staff)

    asked = client.get("/admin/login/?next=/admin/charges/charge/")
    assert asked["Location"] == "/accounts/2fa/reauthenticate/?next=/admin/charges/charge/"
    shown = client.post(asked["Location"], {"code": code_of(SECRET)})

    assert shown["Location"] == "/admin/charges/charge/"
    assert client.get("/admin/charges/charge/").status_code == 200


def test_signing_in_with_both_comes_in(staff: User, client: Client, settings: Any) -> None:
    settings.MFA_TOTP_TOLERANCE = 1
    add_factor(staff)
    client.post("/accounts/login/?next=/admin/", {"login": staff.email, "password": PASSWORD})
    assert client.get("/admin/").status_code == 302

    client.post("/accounts/2fa/authenticate/", {"code": code_of(SECRET)})

    assert client.get("/admin/").status_code == 200


def test_signing_in_at_another_door_shows_nothing(staff: User, client: Client, settings: Any) -> None:
    settings.MFA_TOTP_TOLERANCE = 1
    add_factor(staff)
    given = {"email": staff.email, "password": PASSWORD, "code": code_of(SECRET)}
    client.post("/api/v1/user/sign-in", given, content_type="application/json")

    assert client.get("/admin/").status_code == 302


def test_who_is_staff_no_more_stays_outside(staff: User, client: Client) -> None:
    enter(client, staff)
    User.objects.filter(pk=staff.pk).update(is_staff=False)

    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("https://example.com/", "/admin/"),
        ("//example.com/admin/", "/admin/"),
        ("/tasks/", "/admin/"),
        ("/admin/login/?next=/admin/login/", "/admin/"),
        ("/admin/tasks/task/", "/admin/tasks/task/"),
    ],
)
def test_the_door_leads_inside_only(wanted: str, led_to: str, staff: User, client: Client) -> None:
    enter(client, staff)

    assert client.get("/admin/login/", {"next": wanted})["Location"] == led_to


def test_passwords_are_changed_on_the_sites_own_page(staff: User, client: Client) -> None:
    enter(client, staff)

    assert client.get("/admin/password_change/")["Location"] == "/settings/password"
    assert client.post("/admin/password_change/", {"old_password": PASSWORD}).status_code == 302


def test_pages_are_kept_by_nobody(staff: User, client: Client) -> None:
    enter(client, staff)

    assert "no-store" in client.get("/admin/")["Cache-Control"]
