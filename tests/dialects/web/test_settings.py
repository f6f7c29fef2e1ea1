"""The account's own pages: profile, enrolment, password, address and sessions."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Session, User
from tests.conftest import PASSWORD
from tests.dialects.web.conftest import mails, rows
from tests.dialects.web.test_sign_up import link_in

pytestmark = pytest.mark.django_db

NEW = "Another 1 password"


# --- profile and enrolment -----------------------------------------------------------------------------
def test_the_profile_is_written(person: Client, owner: User) -> None:
    answer = person.post("/settings/", {"name": " Ann ", "time_zone": "Asia/Tokyo"})

    owner.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    assert (owner.name, owner.time_zone) == ("Ann", "Asia/Tokyo")


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "x" * 201}, {"time_zone": "localtime"}])
def test_a_bad_profile_changes_nothing(given: dict[str, str], person: Client) -> None:
    before = rows()

    answer = person.post("/settings/", {"name": "Ann", "time_zone": "UTC", **given})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(given))
    assert rows() == before


ENROLLMENT = {"name": "Ann", "time_zone": "Europe/Berlin", "terms": "on"}


def test_enrolment(person: Client, owner: User) -> None:
    assert b"Finish setting it up" in person.get("/tasks/").content

    answer = person.post("/settings/enrollment", ENROLLMENT)

    owner.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/today/")
    assert (owner.name, owner.time_zone, owner.is_enrolled) == ("Ann", "Europe/Berlin", True)
    assert b"Finish setting it up" not in person.get("/tasks/").content


def test_enrolment_needs_the_terms(person: Client) -> None:
    before = rows()

    answer = person.post("/settings/enrollment", {"name": "Ann", "time_zone": "UTC"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["terms"])
    assert rows() == before


def test_enrolment_needs_a_confirmed_address(
    make_user: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    person = sign_in(make_user("fresh", confirmed=False))
    before = rows()

    answer = person.post("/settings/enrollment", ENROLLMENT)

    assert answer.status_code == 422
    assert b"Confirm the e-mail address first." in answer.content
    assert rows() == before


def test_nobody_enrols_twice(person: Client) -> None:
    person.post("/settings/enrollment", ENROLLMENT)
    before = rows()

    answer = person.post("/settings/enrollment", ENROLLMENT)

    assert answer.status_code == 409
    assert rows() == before


# --- password and sessions -----------------------------------------------------------------------------
def test_a_new_password_ends_every_other_session(
    person: Client, owner: User, sign_in: Callable[[User], Client]
) -> None:
    elsewhere = sign_in(owner)

    answer = person.post("/settings/password", {"current_password": PASSWORD, "new_password": NEW})

    owner.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/settings/password")
    assert owner.check_password(NEW)
    assert person.get("/tasks/").status_code == 200
    assert elsewhere.get("/tasks/").status_code == 302
    assert [sent["subject"] for sent in mails()] == ["Your password was changed"]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"current_password": "wrong"}, "current_password"), ({"new_password": "weak"}, "new_password")],
)
def test_a_refused_password_changes_nothing(given: dict[str, str], field: str, person: Client) -> None:
    before = rows()

    answer = person.post("/settings/password", {"current_password": PASSWORD, "new_password": NEW, **given})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert rows() == before


def test_guesses_at_the_current_password_are_counted(person: Client) -> None:
    wrong = {"current_password": "wrong", "new_password": NEW}

    answers = [person.post("/settings/password", wrong) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_passwords_are_never_sent_back(person: Client) -> None:
    answer = person.post("/settings/password", {"current_password": "Wr0ng one", "new_password": NEW})

    assert b"Wr0ng one" not in answer.content
    assert NEW.encode() not in answer.content


def test_other_sessions_are_listed_and_ended(
    person: Client, owner: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    elsewhere, stranger = sign_in(owner), sign_in(outsider)
    shown = person.get("/settings/sessions").context["sign_ins"]

    person.post("/settings/sessions")

    assert sorted(is_here for _, is_here in shown) == [False, True]
    assert [client.get("/tasks/").status_code for client in (person, elsewhere, stranger)] == [200, 302, 200]
    assert Session.objects.filter(user=owner).count() == 1


# --- address -------------------------------------------------------------------------------------------
def change(person: Client, email: str = "new@example.com") -> Any:
    return person.post("/settings/email", {"email": email})


def test_a_new_address_counts_once_it_is_confirmed(person: Client, client: Client, owner: User) -> None:
    change(person, "New@Example.com")
    owner.refresh_from_db()
    assert (owner.email, owner.pending_email) == ("owner@example.com", "new@example.com")
    told, asked = mails()
    assert (told["to"], asked["to"]) == (["owner@example.com"], ["new@example.com"])

    path = link_in(asked["text"])
    assert client.get(path).status_code == 200
    owner.refresh_from_db()
    assert owner.email == "owner@example.com"
    assert client.post(path).status_code == 302

    owner.refresh_from_db()
    assert (owner.email, owner.pending_email) == ("new@example.com", "")
    entered = client.post("/accounts/login/", {"login": "new@example.com", "password": PASSWORD})
    assert entered["Location"] == "/today/"


def test_a_known_address_gets_the_same_answer(person: Client, owner: User, outsider: User) -> None:
    unknown, known = change(person), change(person, outsider.email)

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [sent["to"] for sent in mails()][1::2] == [["new@example.com"], [outsider.email]]


def test_a_taken_address_is_refused_to_its_own_reader(
    person: Client, client: Client, owner: User, outsider: User
) -> None:
    change(person, outsider.email)

    answer = client.post(link_in(mails()[-1]["text"]))

    owner.refresh_from_db()
    assert answer.status_code == 409
    assert owner.email == "owner@example.com"


def test_the_own_address_takes_the_request_back(person: Client, client: Client, owner: User) -> None:
    change(person)
    link = link_in(mails()[-1]["text"])

    change(person, owner.email)

    owner.refresh_from_db()
    assert owner.pending_email == ""
    assert client.post(link).status_code == 409


@pytest.mark.parametrize("key", ["x", "eyJ1c2VyIjoxfQ:1abcde:forged"])
def test_a_forged_link_changes_nothing(key: str, client: Client, owner: User) -> None:
    before = rows()

    assert client.get(f"/accounts/confirm-email/change/{key}/").status_code == 404
    assert client.post(f"/accounts/confirm-email/change/{key}/").status_code == 404
    assert rows() == before


def test_mails_to_new_addresses_are_counted(person: Client, owner: User) -> None:
    answers = [change(person) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
