"""Sign-up and confirmation: an account with a home, and not a word about addresses that are known (P30)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import GuessCounter, Organization, Project, User
from tests.conftest import PASSWORD
from tests.dialects.web.conftest import mails

pytestmark = pytest.mark.django_db

NEW = {"email": "New@Example.com", "password1": PASSWORD}


def link_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+(/accounts/\S+)", text)
    assert found
    return found[1]


def follow(client: Client, path: str) -> Any:
    """Open the link and press its button."""
    assert client.get(path).status_code == 200
    return client.post(path)


def test_an_account_with_a_home(client: Client) -> None:
    answer = client.post("/accounts/signup/", NEW)

    user = User.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    assert (user.email, user.email_verified_at, user.enrolled_at) == ("new@example.com", None, None)
    assert user.check_password(PASSWORD)
    assert Organization.objects.get().personal_of == user
    assert Project.objects.get().is_default
    assert EmailAddress.objects.get().email == "new@example.com"


def test_the_mail_waits_in_the_outbox(client: Client) -> None:
    client.post("/accounts/signup/", NEW)

    (sent,) = mails()
    assert (sent["to"], sent["subject"]) == (["new@example.com"], "Confirm your address")
    assert mail.outbox == []  # nothing was sent while somebody waited


def test_the_link_signs_in_where_the_account_was_made(client: Client) -> None:
    client.post("/accounts/signup/", NEW)

    answer = follow(client, link_in(mails()[0]["text"]))

    assert (answer.status_code, answer["Location"]) == (302, "/today/")
    assert User.objects.get().email_verified_at is not None
    assert client.get("/tasks/").status_code == 200


def test_the_link_signs_nobody_in_elsewhere(client: Client) -> None:
    client.post("/accounts/signup/", NEW)
    elsewhere = Client()

    answer = follow(elsewhere, link_in(mails()[0]["text"]))

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert User.objects.get().email_verified_at is not None
    assert elsewhere.get("/tasks/").status_code == 302


def test_looking_at_the_link_confirms_nothing(client: Client) -> None:
    client.post("/accounts/signup/", NEW)

    client.get(link_in(mails()[0]["text"]))

    assert User.objects.get().email_verified_at is None


@pytest.mark.parametrize("key", ["x", "MQ:1abcde:forged", "MQ"])
def test_a_forged_link_confirms_nothing(key: str, client: Client) -> None:
    client.post("/accounts/signup/", NEW)

    assert b"does not work any more" in client.get(f"/accounts/confirm-email/{key}/").content
    assert client.post(f"/accounts/confirm-email/{key}/").status_code == 404
    assert User.objects.get().email_verified_at is None


def test_without_confirmation_nobody_comes_in(client: Client) -> None:
    client.post("/accounts/signup/", NEW)
    elsewhere = Client()

    answer = elsewhere.post("/accounts/login/", {"login": "new@example.com", "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    assert elsewhere.get("/tasks/").status_code == 302
    assert len(mails()) == 2  # the link once more


def test_a_known_address_gets_the_same_answer(client: Client, owner: User) -> None:
    unknown = client.post("/accounts/signup/", NEW)
    known = Client().post("/accounts/signup/", {**NEW, "email": "OWNER@example.com"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert known.content == unknown.content
    assert set(known.cookies) == set(unknown.cookies)
    assert [sent["subject"] for sent in mails()] == ["Confirm your address", "You have an account already"]
    assert User.objects.count() == 2


def test_a_known_address_keeps_its_password(client: Client, owner: User) -> None:
    client.post("/accounts/signup/", {"email": owner.email, "password1": "Another 1 password"})

    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"email": "ü@example.com"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"password1": "short"}, "password1"),
        ({"password1": "nouppercase1"}, "password1"),
        ({"password1": "Aa1" + "x" * 1000}, "password1"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, str], field: str, client: Client) -> None:
    answer = client.post("/accounts/signup/", {**NEW, **given})

    assert list(answer.context["form"].errors) == [field]
    assert User.objects.count() == 0


def test_tries_are_counted_in_the_database(client: Client, settings: Any) -> None:
    settings.TASKTRACKER_GUESS_LIMITS = {
        **settings.TASKTRACKER_GUESS_LIMITS,
        "sign_up.email": (2, 3600),
        "sign_up.address": (100, 3600),
    }

    answers = [Client().post("/accounts/signup/", NEW) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert int(answers[-1]["Retry-After"]) > 3000
    assert GuessCounter.objects.count() == 2


def test_a_mail_is_about_its_own_account(client: Client, make_user: Callable[..., User]) -> None:
    make_user("somebody")
    client.post("/accounts/signup/", NEW)

    assert "somebody" not in mails()[0]["text"]
