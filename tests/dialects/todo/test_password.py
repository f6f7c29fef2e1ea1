"""PUT /api/v1/user/password."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Session, User
from tests.conftest import PASSWORD
from tests.dialects.todo.conftest import App, mails

pytestmark = pytest.mark.django_db

PATH = "/api/v1/user/password"
NEXT = "Another passw0rd"


def change(app: App, current: str = PASSWORD, new: str = NEXT, again: str | None = None) -> Any:
    body = {"currentPassword": current, "newPassword": new, "confirmNewPassword": again or new}
    return app.put(PATH, body)


def unchanged(owner: User) -> bool:
    before = owner.password
    owner.refresh_from_db()
    return owner.password == before and owner.check_password(PASSWORD) and mails() == []


def test_a_new_password_ends_every_session_and_starts_one(
    owners: App, outsiders: App, app_of: Callable[[User], App], owner: User
) -> None:
    phone, old = app_of(owner), App()
    old.cookie = owners.cookie

    answer = change(owners)

    assert (answer.status_code, answer.json()) == (200, {"msg": "Password updated successfully"})
    owner.refresh_from_db()
    assert owner.check_password(NEXT)
    assert owners.signed_in_as == owner.email
    assert (phone.signed_in_as, old.signed_in_as) == (None, None)
    assert outsiders.signed_in_as == "outsider@example.com"
    assert Session.objects.filter(user=owner).count() == 1


def test_the_person_is_told_by_mail(owners: App) -> None:
    change(owners)

    (mail,) = mails()
    assert (mail["to"], mail["subject"]) == (["owner@example.com"], "Your password was changed")
    assert PASSWORD not in mail["text"]
    assert NEXT not in mail["text"]


def test_the_wrong_current_password_is_refused(owners: App, owner: User) -> None:
    answer = change(owners, current="Wrong passw0rd")

    assert (answer.status_code, answer.json()) == (400, {"message": "This is not the current password."})
    assert unchanged(owner)
    assert owners.signed_in_as == owner.email


def test_two_different_new_ones_are_refused(owners: App, owner: User) -> None:
    answer = change(owners, again="Another passw0rd!")

    assert (answer.status_code, answer.json()) == (400, {"message": "The two new passwords differ."})
    assert unchanged(owner)


@pytest.mark.parametrize("password", ["short1A", "passw0rdpassw0rd", "Aa1" + "x" * 998])
def test_a_weak_one_is_refused(owners: App, owner: User, password: str) -> None:
    answer = change(owners, new=password)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("newPassword: The password ")
    assert unchanged(owner)


@pytest.mark.parametrize("body", [None, {}, [], {"newPassword": NEXT}, {"newPassword": 1}])
def test_what_is_no_change_is_refused(owners: App, owner: User, body: Any) -> None:
    answer = owners.put(PATH, body)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert unchanged(owner)


def test_guesses_at_the_current_password_are_guesses_at_signing_in(owners: App, owner: User) -> None:
    answers = [change(owners, current=f"wrong{number}").status_code for number in range(10)]

    late = change(owners)

    assert answers == [400] * 10
    assert (late.status_code, list(late.json())) == (429, ["message"])
    assert unchanged(owner)


def test_an_account_without_a_password_gets_one(app_of: Callable[[User], App], make_user: Any) -> None:
    guest = make_user("guest", password=None)
    app = app_of(guest)

    answer = app.put(PATH, {"newPassword": NEXT, "confirmNewPassword": NEXT})

    assert answer.status_code == 200
    assert app.get("/api/v1/user/profile").json()["user"]["isPasswordSet"] is True


def test_strangers_and_others_change_nothing(app: App, teammates: App, outsiders: App, owner: User) -> None:
    assert change(app).status_code == 401
    assert [
        change(other, new=f"{NEXT}{n}").status_code for n, other in enumerate((teammates, outsiders))
    ] == [
        *(200, 200),
    ]

    before = owner.password
    owner.refresh_from_db()
    assert owner.password == before
