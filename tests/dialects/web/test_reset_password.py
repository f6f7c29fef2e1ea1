"""A forgotten password: a link by mail, for whoever reads it, and no word about addresses that are known."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Session, User
from tests.conftest import PASSWORD
from tests.dialects.web.conftest import mails
from tests.dialects.web.test_sign_up import link_in

pytestmark = pytest.mark.django_db

NEW = "Another 1 password"


def ask(client: Client, email: str = "owner@example.com") -> Any:
    return client.post("/accounts/password/reset/", {"email": email})


def choose(client: Client, link: str, password: str = NEW) -> Any:
    """Open the link, and the page that it leads to, and choose a password."""
    form = client.get(link, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password})


def test_a_new_password_ends_every_session(client: Client, owner: User, person: Client) -> None:
    assert ask(client)["Location"] == "/accounts/password/reset/done/"

    answer = choose(client, link_in(mails()[0]["text"]))

    owner.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/key/done/")
    assert owner.check_password(NEW)
    assert Session.objects.filter(user=owner).count() == 0
    assert person.get("/tasks/").status_code == 302
    assert [sent["subject"] for sent in mails()] == ["Choose a new password", "Your password was changed"]


def test_it_works_while_signed_in(person: Client, owner: User) -> None:
    ask(person)

    answer = choose(person, link_in(mails()[0]["text"]))

    owner.refresh_from_db()
    assert (answer.status_code, owner.check_password(NEW)) == (302, True)
    assert person.get("/tasks/").status_code == 302


def test_a_link_works_once(client: Client, owner: User) -> None:
    ask(client)
    link = link_in(mails()[0]["text"])
    choose(client, link)

    assert b"does not work any more" in Client().get(link).content
    owner.refresh_from_db()
    assert owner.check_password(NEW)


def test_the_key_leaves_the_address_bar(client: Client, owner: User) -> None:
    ask(client)

    answer = client.get(link_in(mails()[0]["text"]))

    assert answer.status_code == 302
    assert answer["Location"].endswith("-set-password/")


def test_a_link_confirms_the_address(client: Client, make_user: Any) -> None:
    user = make_user("fresh", confirmed=False)
    ask(client, user.email)

    choose(client, link_in(mails()[0]["text"]))

    user.refresh_from_db()
    assert user.email_verified_at is not None
    entered = Client().post("/accounts/login/", {"login": user.email, "password": NEW})
    assert entered["Location"] == "/today/"


def test_a_weak_password_changes_nothing(client: Client, owner: User) -> None:
    ask(client)

    answer = choose(client, link_in(mails()[0]["text"]), "weak")

    owner.refresh_from_db()
    assert list(answer.context["form"].errors) == ["password1"]
    assert owner.check_password(PASSWORD)


@pytest.mark.parametrize("key", ["1-x", "1-abc123-0123456789abcdef", "zz-set-password"])
def test_a_forged_link_changes_nothing(key: str, client: Client, owner: User) -> None:
    answer = client.get(f"/accounts/password/reset/key/{key}/")

    assert b"does not work any more" in answer.content
    assert b"password1" not in client.post(f"/accounts/password/reset/key/{key}/", {"password1": NEW}).content
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_unknown_addresses_get_the_same_answer(client: Client, owner: User) -> None:
    known, unknown = ask(client), ask(client, "nobody@example.com")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert known.content == unknown.content
    assert [(sent["to"], sent["subject"]) for sent in mails()] == [
        (["owner@example.com"], "Choose a new password"),
        (["nobody@example.com"], "No account with this address"),
    ]


def test_mails_are_counted(client: Client, owner: User) -> None:
    answers = [ask(client) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert len(mails()) == 5
