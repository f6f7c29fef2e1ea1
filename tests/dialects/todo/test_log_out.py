"""POST /api/v1/user/logout."""

import pytest

from accounts.models import Session
from tests.dialects.todo.conftest import App

pytestmark = pytest.mark.django_db

LOG_OUT = "/api/v1/user/logout"


def test_ft_08_the_session_ends_and_the_cookie_goes(owners: App, teammates: App, outsiders: App) -> None:
    old = App()
    old.cookie = owners.cookie

    answer = owners.post(LOG_OUT)

    assert (answer.status_code, answer.json()) == (200, {"msg": "Logged out successfully"})
    cookie = answer.cookies["sessionid"]
    assert (cookie.value, cookie["max-age"], cookie["path"], cookie["samesite"]) == ("", 0, "/", "Lax")
    assert old.get("/api/v2/todo").status_code == 401
    assert old.post(LOG_OUT).status_code == 401
    assert old.signed_in_as is None
    assert [app.signed_in_as for app in (teammates, outsiders)] == [
        *("teammate@example.com", "outsider@example.com"),
    ]


def test_ft_08_who_is_not_signed_in_cannot_sign_out(app: App, outsiders: App) -> None:
    answer = app.post(LOG_OUT)

    assert (answer.status_code, list(answer.json())) == (401, ["message"])
    assert answer.headers["WWW-Authenticate"]
    assert Session.objects.count() == 1


def test_other_sessions_of_the_account_stay(owners: App, app_of, owner) -> None:
    phone = app_of(owner)

    owners.post(LOG_OUT, {})

    assert phone.signed_in_as == "owner@example.com"


def test_get_is_not_a_way_to_sign_out(owners: App) -> None:
    answer = owners.get(LOG_OUT)

    assert (answer.status_code, list(answer.json()), answer.headers["Allow"]) == (405, ["message"], "POST")
    assert owners.signed_in_as == "owner@example.com"
