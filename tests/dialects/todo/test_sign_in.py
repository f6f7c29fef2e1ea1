"""POST /api/v1/user/signin, and what GET /api/v1/auth-check says after it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from accounts.models import GuessCounter, Session, User
from accounts.operations.guesses import sweep_guesses
from tasktracker.core import clock
from tasktracker.core.sealing import digest
from tests.conftest import PASSWORD
from tests.dialects.todo.conftest import App, Work, wrong

pytestmark = pytest.mark.django_db

SIGN_IN = "/api/v1/user/signin"
IN = {"msg": "Logged in successfully"}
REFUSED = {"message": "The e-mail address or the password is wrong."}


def enter(app: App, email: str = "owner@example.com", password: str = PASSWORD, **more: Any) -> Any:
    return app.post(SIGN_IN, {"email": email, "password": password, **more})


def told(answer: Any) -> tuple[int, Any]:
    return answer.status_code, answer.json()


# --- FT-01 ---
def test_ft_01_nobody_is_signed_in(app: App) -> None:
    answer = app.get("/api/v1/auth-check")

    assert told(answer) == (200, {"isAuthenticated": False})


@pytest.mark.parametrize("cookie", ["x", "x" * 32, "ü" * 32, "0" * 10_000])
def test_auth_check_is_always_200(app: App, cookie: str) -> None:
    answer = app.get("/api/v1/auth-check", cookie=f"sessionid={cookie}".encode().decode("latin-1"))

    assert told(answer) == (200, {"isAuthenticated": False})


def test_auth_check_names_who_asks(owners: App, teammates: App, outsiders: App) -> None:
    assert told(owners.get("/api/v1/auth-check")) == (
        *(200, {"isAuthenticated": True, "email": "owner@example.com"}),
    )
    assert teammates.signed_in_as == "teammate@example.com"
    assert outsiders.signed_in_as == "outsider@example.com"


def test_auth_check_of_a_closed_account(owners: App, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert owners.signed_in_as is None


# --- FT-06 ---
def test_ft_06_the_right_password_signs_in(app: App, owner: User) -> None:
    answer = enter(app, "Owner@Example.com ")

    assert told(answer) == (200, IN)
    cookie = answer.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"], cookie["path"]) == (
        *(True, "Lax", 86400, "/"),
    )
    assert app.signed_in_as == "owner@example.com"
    owner.refresh_from_db()
    assert owner.last_login is not None


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("owner@example.com", "Wrong passw0rd"),
        ("nobody@example.com", PASSWORD),
        ("nobody", PASSWORD),
        ("ö@example.com", PASSWORD),
        ("owner@example.com", PASSWORD + " "),
        ("owner@example.com", "x" * 4000),
    ],
)
def test_ft_06_whatever_is_wrong_the_refusal_is_the_same(
    app: App, owner: User, email: str, password: str
) -> None:
    answer = enter(app, email, password)

    assert told(answer) == (400, REFUSED)
    assert "Set-Cookie" not in answer.headers
    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [None, {}, {"email": "owner@example.com"}, {"password": PASSWORD}, {"email": 1, "password": 2}, [], "x"],
)
def test_ft_06_what_is_no_sign_in_is_400(app: App, owner: User, body: Any) -> None:
    answer = app.post(SIGN_IN, body)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert Session.objects.count() == 0


def test_closed_accounts_are_refused_like_all_others(app: App, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert told(enter(app)) == (400, REFUSED)


def test_an_account_without_a_password_is_refused_like_all_others(app: App, make_user: Any) -> None:
    make_user("guest", password=None)

    assert told(enter(app, "guest@example.com", "")) == (
        400,
        {"message": "password: This field may not be blank."},
    )
    assert told(enter(app, "guest@example.com", "x")) == (400, REFUSED)


def test_only_who_knows_the_password_hears_that_the_address_is_not_confirmed(
    app: App, make_user: Any
) -> None:
    make_user("new", confirmed=False)

    assert told(enter(app, "new@example.com", "wrong")) == (400, REFUSED)
    assert told(enter(app, "new@example.com")) == (400, {"message": "Confirm the e-mail address first."})
    assert Session.objects.count() == 0


# --- the session ---
def test_the_session_is_the_one_of_the_pages(app: App, owner: User) -> None:
    enter(app)

    assert app.client.get("/tasks/").status_code == 200
    assert app.client.get("/tasks/").context["user"] == owner


def test_a_session_of_the_pages_is_one_of_todo(app: App, owner: User) -> None:
    app.client.force_login(owner)

    assert app.signed_in_as == owner.email


def test_the_table_opens_no_session(app: App, owner: User) -> None:
    enter(app)

    (row,) = Session.objects.values()
    assert row["digest"] == digest(app.cookie or "")
    assert (app.cookie or "") not in str(row)
    assert timedelta(hours=23, minutes=59) < row["expire_date"] - clock.now() <= timedelta(hours=24)


def test_the_value_of_the_cookie_changes_at_sign_in(app: App, owner: User, outsiders: App) -> None:
    enter(app)
    first = app.cookie
    enter(app)

    planted = App()
    planted.cookie = first
    assert app.cookie != first
    assert planted.signed_in_as is None
    assert outsiders.signed_in_as == "outsider@example.com"


def test_a_planted_cookie_never_becomes_a_session(app: App, owner: User) -> None:
    app.cookie = "a" * 32
    enter(app)

    planted = App()
    planted.cookie = "a" * 32
    assert app.cookie != "a" * 32
    assert planted.signed_in_as is None


def test_a_refused_sign_in_leaves_the_session_that_is_there(owners: App, outsider: User) -> None:
    enter(owners, outsider.email, "wrong")

    assert owners.signed_in_as == "owner@example.com"


# --- guesses ---
def test_the_right_password_comes_too_late(app: App, owner: User) -> None:
    wrong_ones = [enter(App(), password="wrong").status_code for _ in range(10)]

    answer = enter(app)

    assert wrong_ones == [400] * 10
    assert (answer.status_code, list(answer.json())) == (429, ["message"])
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "Set-Cookie" not in answer.headers


def test_blanks_and_capitals_are_no_other_address(app: App, owner: User) -> None:
    spellings = ("owner@example.com", "OWNER@example.com", " owner@example.com", "owner@example.com\t")
    for number in range(10):
        enter(app, spellings[number % 4], "wrong")

    assert enter(app).status_code == 429


def test_pages_and_apps_count_together(app: App, owner: User) -> None:
    for _ in range(5):
        enter(app, password="wrong")
        app.client.post("/accounts/login/", {"login": owner.email, "password": "wrong"})

    assert enter(app).status_code == 429


def test_unknown_addresses_are_counted_alike(app: App) -> None:
    answers = [enter(app, "nobody@example.com").status_code for _ in range(11)]

    assert answers == [400] * 10 + [429]


def test_an_address_does_not_try_everybody(app: App, owner: User, settings: Any) -> None:
    settings.TASKTRACKER_GUESS_LIMITS = {**settings.TASKTRACKER_GUESS_LIMITS, "sign_in.address": (3, 900)}
    good = [enter(App()).status_code for _ in range(4)]

    answers = [enter(app, f"nobody{number}@example.com").status_code for number in range(4)]

    assert good == [200] * 4
    assert answers == [400] * 3 + [429]


def test_counters_end(app: App, owner: User) -> None:
    for _ in range(10):
        enter(app, password="wrong")
    assert sweep_guesses(clock.now() + timedelta(seconds=901)) == 2

    assert enter(app).status_code == 200
    assert GuessCounter.objects.filter(guesses__gt=0).count() == 0


def test_known_and_unknown_addresses_cost_the_same(app: App, owner: User, work: Work) -> None:
    known = work.of(lambda: enter(app, owner.email, "Wrong passw0rd"))
    unknown = work.of(lambda: enter(app, "nobody@example.com", "Wrong passw0rd"))
    endless = work.of(lambda: enter(app, "nobody@example.com", "x" * 4000))

    assert known == unknown == endless
    assert known[3] == 1


def test_closed_and_passwordless_accounts_cost_the_same(
    app: App, owner: User, make_user: Any, work: Work
) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    make_user("guest", password=None)

    costs = [work.of(lambda email=email: enter(app, email)) for email in (owner.email, "guest@example.com")]

    assert costs == [work.of(lambda: enter(app, "nobody@example.com"))] * 2


def test_strangers_are_limited_by_address(app: App, settings: Any, db: None) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "todo_stranger": ((2, 60),)}

    answers = [app.get("/api/v1/auth-check"), app.post(SIGN_IN), app.get("/api/v1/auth-check")]

    assert [answer.status_code for answer in answers] == [200, 400, 429]
    assert list(answers[-1].json()) == ["message"]


# --- second factor ---
@pytest.fixture
def code_of_app(owner: User, settings: Any) -> Callable[[], str]:
    """Switch the owner's second factor on; says what the authenticator app shows."""
    settings.MFA_TOTP_TOLERANCE = 1  # a code stays good while the half minute turns
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)

    def shown() -> str:
        _, now, _ = yield_hotp_counters_from_time()
        return format_hotp_value(hotp_value(secret, now))

    return shown


def test_the_password_alone_is_not_enough(app: App, code_of_app: Callable[[], str]) -> None:
    answer = enter(app)

    assert told(answer) == (400, {"message": "Enter the code of your authenticator app."})
    assert "Set-Cookie" not in answer.headers
    assert Session.objects.count() == 0


def test_the_code_signs_in_once(app: App, code_of_app: Callable[[], str]) -> None:
    code = code_of_app()

    assert told(enter(app, code=code)) == (200, IN)
    assert told(enter(App(), code=code)) == (400, {"message": "This code is wrong or was used before."})
    assert app.signed_in_as == "owner@example.com"


def test_a_recovery_code_signs_in_once(app: App, owner: User, code_of_app: Callable[[], str]) -> None:
    (code, *_) = RecoveryCodes.activate(owner).get_unused_codes()

    assert told(enter(app, code=code)) == (200, IN)
    assert told(enter(App(), code=code)) == (400, {"message": "This code is wrong or was used before."})


@pytest.mark.parametrize("code", ["", None, "000", "ä", "١٢٣٤٥٦", "123456789012"])
def test_other_codes_do_not(app: App, code_of_app: Callable[[], str], code: str | None) -> None:
    answer = enter(app, code=code)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert Session.objects.count() == 0


def test_the_code_without_the_password_says_nothing(app: App, code_of_app: Callable[[], str]) -> None:
    assert told(enter(app, password="wrong", code=code_of_app())) == (400, REFUSED)
    assert Authenticator.objects.get().last_used_at is None


def test_codes_are_counted_by_account(app: App, owner: User, code_of_app: Callable[[], str]) -> None:
    guess = wrong(code_of_app())
    answers = [enter(app, code=guess).status_code for _ in range(10)]

    late = enter(app, code=code_of_app())

    assert answers == [400] * 10
    assert (late.status_code, list(late.json())) == (429, ["message"])


def test_accounts_without_one_need_no_code(app: App, outsider: User, code_of_app: Callable[[], str]) -> None:
    assert told(enter(app, outsider.email, code="123456")) == (200, IN)
    assert told(enter(app, outsider.email, code=None)) == (200, IN)
