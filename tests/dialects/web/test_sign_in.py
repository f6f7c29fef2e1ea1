"""Sign-in and sign-out: the same refusal for whatever was wrong, and tries counted in the database."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import GuessCounter, Session, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def enter(client: Client, email: str = "owner@example.com", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


def test_in_and_out(client: Client, owner: User) -> None:
    answer = enter(client, "  OWNER@example.com ")

    assert (answer.status_code, answer["Location"]) == (302, "/today/")
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"
    assert client.get("/tasks/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/tasks/").status_code == 302
    assert Session.objects.filter(user=owner).count() == 0


def test_a_link_signs_nobody_out(client: Client, owner: User) -> None:
    enter(client)

    client.get("/accounts/logout/")

    assert client.get("/tasks/").status_code == 200


def test_refusals_are_identical(client: Client, owner: User) -> None:
    answers = [
        enter(client, "owner@example.com", "wrong"),
        enter(client, "nobody@example.com", "wrong"),
        enter(client, "nobody@example.com", PASSWORD),
        enter(client, "owner@example.com", "x" * 5000),
    ]

    errors = [answer.context["form"].errors.get_json_data() for answer in answers]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert errors == [errors[0]] * 4


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/tokens/", "/tokens/"),
        ("https://evil.example/", "/today/"),
        ("//evil.example/", "/today/"),
        ("/\\evil.example", "/today/"),
        ("http://testserver/tokens/", "/today/"),
    ],
)
def test_next_is_a_path_of_ours(wanted: str, place: str, client: Client, owner: User) -> None:
    assert enter(client, next=wanted)["Location"] == place


def test_the_right_password_comes_too_late(client: Client, owner: User) -> None:
    wrong = [enter(client, password="wrong").status_code for _ in range(10)]

    answer = enter(client)

    assert wrong == [200] * 10
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 900
    assert client.get("/tasks/").status_code == 302


def test_unknown_addresses_are_counted_alike(client: Client, db: None) -> None:
    answers = [enter(client, "nobody@example.com") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]


def test_the_right_password_forgives_the_wrong_ones(client: Client, owner: User) -> None:
    for _ in range(3):
        for _ in range(9):
            enter(client, password="wrong")
        assert enter(client).status_code == 302
        client.post("/accounts/logout/")

    assert list(GuessCounter.objects.values_list("kind", "guesses")) == [("sign_in.address", 27)]


def test_one_address_does_not_try_everybody(client: Client, settings: Any, db: None) -> None:
    settings.TASKTRACKER_GUESS_LIMITS = {**settings.TASKTRACKER_GUESS_LIMITS, "sign_in.address": (3, 900)}

    answers = [enter(client, f"nobody{number}@example.com") for number in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 3 + [429]


def test_a_closed_account_stays_out(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert enter(client)["Location"] == "/accounts/inactive/"
    assert client.get("/tasks/").status_code == 302


def test_public_pages_are_limited_by_address(client: Client, settings: Any, db: None) -> None:
    settings.TASKTRACKER_PUBLIC_PAGE_RATE = "3/m"

    answers = [client.get(page) for page in ("/", "/accounts/login/", "/accounts/signup/", "/terms")]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_pages_count_as_calls_of_the_account(client: Client, owner: User, settings: Any) -> None:
    client.force_login(owner)
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "account": ((3, 300),)}

    answers = [client.get(page) for page in ("/tasks/", "/tokens/", "/accounts/2fa/", "/settings/")]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1]["Retry-After"]) >= 1
