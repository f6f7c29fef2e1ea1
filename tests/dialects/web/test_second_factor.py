"""The second factor's pages: ours in looks, and tries at a code counted in the database."""

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def half_in(client: Client, owner: User) -> Client:
    """A browser that has given the password, of an account with a second factor."""
    TOTP.activate(owner, generate_totp_secret())
    answer = client.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    return client


def test_the_password_alone_opens_nothing(half_in: Client) -> None:
    assert half_in.get("/tasks/").status_code == 302
    assert half_in.get("/accounts/2fa/authenticate/").status_code == 200


def test_codes_are_counted_in_the_database(half_in: Client) -> None:
    answers = [half_in.post("/accounts/2fa/authenticate/", {"code": "000000"}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert half_in.get("/tasks/").status_code == 302


@pytest.mark.parametrize("page", ["/accounts/2fa/", "/accounts/reauthenticate/"])
def test_pages_have_our_looks(page: str, person: Client) -> None:
    answer: Any = person.get(page)

    assert answer.status_code == 200
    assert b"web/app.css" in answer.content


def test_changing_it_asks_for_the_password_again(person: Client) -> None:
    answer = person.get("/accounts/2fa/totp/activate/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/reauthenticate/")

    again = person.post(
        "/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/2fa/totp/activate/"}
    )
    assert again["Location"] == "/accounts/2fa/totp/activate/"
    page = person.get("/accounts/2fa/totp/activate/").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "style=" not in page
