"""POST /api/v1/user/signup/{send-otp,verify}. Domain: tests/domain/accounts/test_sign_up.py."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Organization, Preferences, Project, Session, SignUpCode, User
from tasktracker.core import clock
from tests.dialects.todo.conftest import App, Work, mails, newest_code, wrong

pytestmark = pytest.mark.django_db

SEND, VERIFY = "/api/v1/user/signup/send-otp", "/api/v1/user/signup/verify"
PASSWORD = "Passw0rd1"
SENT = {"msg": "OTP sent successfully"}


def ask(app: App, email: str = "A@x.io") -> str:
    """Ask for a code; returns the one that was mailed."""
    assert app.post(SEND, {"email": email}).status_code == 200
    return newest_code()


def verify(app: App, code: str, email: str = "a@x.io", password: str = PASSWORD) -> Any:
    return app.post(VERIFY, {"email": email, "code": code, "password": password})


def accounts() -> list[list[Any]]:
    """Everything that an account is made of."""
    models = (User, Organization, Membership, Project, Preferences, Session)
    return [list(model.objects.order_by("pk").values()) for model in models]


# --- FT-02 ---
def test_ft_02_a_code_is_mailed(app: App) -> None:
    answer = app.post(SEND, {"email": "A@x.io"})

    assert (answer.status_code, answer.json()) == (200, SENT)
    (mail,) = mails()
    assert (mail["to"], mail["subject"]) == (["a@x.io"], "Your code for Task Tracker")
    assert len(newest_code()) == 6
    assert "Set-Cookie" not in answer.headers


def test_neither_code_nor_address_can_be_read_from_the_table(app: App) -> None:
    code = ask(app)

    assert "a@x.io" not in str(list(SignUpCode.objects.values()))
    assert code not in str(list(SignUpCode.objects.values_list("email_digest", "code_digest", "tries")))


@pytest.mark.parametrize(
    "body",
    [None, {}, {"email": ""}, {"email": "nobody"}, {"email": 7}, {"email": None}, [], {"email": "ä@x.io"}],
)
def test_what_is_no_address_gets_no_mail(app: App, body: Any) -> None:
    answer = app.post(SEND, body)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert (mails(), SignUpCode.objects.count()) == ([], 0)


# --- FT-03 ---
def test_ft_03_the_right_code_opens_the_account_and_signs_in(app: App, settings: Any) -> None:
    code = ask(app)

    answer = verify(app, code)

    assert (answer.status_code, answer.json()) == (200, {"msg": "Signed up successfully"})
    cookie = answer.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"], cookie["path"]) == (
        *(True, "Lax", 86400, "/"),
    )
    assert (cookie["secure"], cookie["domain"]) == ("", "")
    assert app.signed_in_as == "a@x.io"
    user = User.objects.get()
    assert user.email_verified_at is not None
    assert list(Project.objects.values_list("name", "is_default", "organization__personal_of")) == [
        ("Inbox", True, user.pk)
    ]
    assert Preferences.objects.filter(user=user).exists()
    assert SignUpCode.objects.count() == 0


def test_the_account_is_good_for_the_pages(app: App) -> None:
    verify(app, ask(app))
    browser = Client()

    answer = browser.post("/accounts/login/", {"login": "a@x.io", "password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/today/")
    assert app.client.get("/tasks/").status_code == 200


def test_the_cookie_is_secure_in_production(app: App, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    code = ask(app)

    assert verify(app, code).cookies["sessionid"]["secure"] is True


def test_a_code_is_good_once(app: App) -> None:
    code = ask(app)
    verify(app, code)
    before = accounts()

    assert verify(App(), code).status_code == 400
    assert accounts() == before


# --- FT-04 ---
def test_ft_04_a_wrong_code_is_refused(app: App) -> None:
    code = ask(app)

    answer = verify(app, wrong(code))

    assert (answer.status_code, answer.json()) == (400, {"message": "The code is wrong or has expired."})
    assert accounts() == [[]] * 6
    assert verify(app, code).status_code == 200


@pytest.mark.parametrize("seconds", [0, 1])
def test_ft_04_a_code_ends_after_five_minutes(app: App, seconds: int) -> None:
    code = ask(app)
    row = SignUpCode.objects.get()
    assert timedelta(minutes=4, seconds=50) < row.ends_at - clock.now() <= timedelta(minutes=5)
    SignUpCode.objects.update(ends_at=clock.now() - timedelta(seconds=seconds))

    answer = verify(app, code)

    assert (answer.status_code, answer.json()) == (400, {"message": "The code is wrong or has expired."})
    assert accounts() == [[]] * 6


@pytest.mark.parametrize(
    "password", ["short1A", "password1", "PASSWORD1", "Passwords", "Aa1" + "x" * 998, ""]
)
def test_ft_04_a_weak_password_is_refused_and_the_code_stays_good(app: App, password: str) -> None:
    code = ask(app)

    answer = verify(app, code, password=password)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert accounts() == [[]] * 6
    assert verify(app, code).status_code == 200


def test_ft_04_an_account_is_told_of_only_to_who_has_the_code(app: App, owner: User) -> None:
    code = ask(app, owner.email)
    before = accounts()

    wrongly = verify(app, wrong(code), owner.email)
    rightly = verify(app, code, owner.email)

    assert (wrongly.status_code, wrongly.json()) == (400, {"message": "The code is wrong or has expired."})
    assert (rightly.status_code, rightly.json()) == (
        400,
        {"message": "There is an account with this e-mail address already. Sign in."},
    )
    assert accounts() == before
    assert app.signed_in_as is None


def test_a_code_belongs_to_its_address(app: App) -> None:
    code = ask(app)
    ask(app, "b@x.io")

    assert verify(app, code, "b@x.io").status_code == (200 if code == newest_code() else 400)


def test_a_new_code_replaces_the_one_before(app: App) -> None:
    codes = {ask(app), ask(app)}
    newest = newest_code()

    old = [verify(app, code).status_code for code in codes - {newest}]

    assert old == [400] * len(codes - {newest})
    assert verify(app, newest).status_code == 200


@pytest.mark.parametrize(
    "body", [None, {}, {"email": "a@x.io", "code": 123456, "password": PASSWORD}, "text"]
)
def test_verify_reads_strictly(app: App, body: Any) -> None:
    answer = app.post(VERIFY, body)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])


# --- FT-05 ---
def test_ft_05_the_sixth_code_in_a_day_is_refused(app: App) -> None:
    answers = [app.post(SEND, {"email": email}) for email in ("a@x.io", "A@X.io", " a@x.io ") * 2]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert list(answers[-1].json()) == ["message"]
    assert 86_000 < int(answers[-1].headers["Retry-After"]) <= 86_400
    assert len(mails()) == 5
    assert app.post(SEND, {"email": "b@x.io"}).status_code == 200


def test_ft_05_after_five_wrong_codes_the_right_one_comes_too_late(app: App) -> None:
    code = ask(app)
    answers = [verify(app, wrong(code)) for _ in range(5)]

    late = verify(app, code)

    assert [answer.status_code for answer in answers] == [400] * 5
    assert (late.status_code, list(late.json())) == (429, ["message"])
    assert 86_000 < int(late.headers["Retry-After"]) <= 86_400
    newer = ask(app)
    assert verify(app, newer).status_code == 429
    assert accounts() == [[]] * 6


def test_right_codes_are_not_counted(app: App) -> None:
    for number in range(7):
        email = f"a{number}@x.io"
        assert verify(App(), ask(app, email), email).status_code == 200

    assert User.objects.count() == 7


@pytest.mark.parametrize(("kind", "path"), [("code_request", SEND), ("code_check", VERIFY)])
def test_one_address_does_not_try_everybody(app: App, settings: Any, kind: str, path: str) -> None:
    limits = {**settings.TASKTRACKER_GUESS_LIMITS, f"{kind}.address": (3, 3600)}
    settings.TASKTRACKER_GUESS_LIMITS = limits
    body = {"code": "000000", "password": PASSWORD}

    answers = [app.post(path, {**body, "email": f"a{number}@x.io"}) for number in range(4)]

    assert [answer.status_code == 429 for answer in answers] == [False, False, False, True]


# --- P30: nobody learns which addresses are known ---
def test_asking_for_a_code_costs_the_same_for_known_and_unknown(app: App, owner: User, work: Work) -> None:
    known = work.of(lambda: app.post(SEND, {"email": owner.email}))
    unknown = work.of(lambda: app.post(SEND, {"email": "nobody@example.com"}))

    assert known == unknown
    assert known[0] == 200
    texts = [mail["text"].replace(" ", "") for mail in mails()]
    assert len({"".join(letter for letter in text if not letter.isdigit()) for text in texts}) == 1


def test_a_wrong_code_costs_the_same_for_known_and_unknown(app: App, owner: User, work: Work) -> None:
    emails = (owner.email, "nobody@example.com")
    codes = [ask(app, email) for email in emails]

    known, unknown = (
        work.of(lambda email=email, code=code: verify(app, wrong(code), email))
        for email, code in zip(emails, codes, strict=True)
    )

    assert known == unknown
    assert known[0] == 400


def test_no_code_at_all_costs_the_same_for_known_and_unknown(app: App, owner: User, work: Work) -> None:
    known = work.of(lambda: verify(app, "123456", owner.email))
    unknown = work.of(lambda: verify(app, "123456", "nobody@example.com"))

    assert known == unknown


# --- others ---
def test_nobody_elses_session_is_touched(owners: App, teammates: App, outsiders: App, app: App) -> None:
    verify(app, ask(app))

    assert [each.signed_in_as for each in (owners, teammates, outsiders, app)] == [
        *("owner@example.com", "teammate@example.com", "outsider@example.com", "a@x.io"),
    ]


def test_signing_up_replaces_a_session_that_came_along(owners: App, outsiders: App) -> None:
    code = ask(owners, "new@x.io")
    old = owners.cookie

    verify(owners, code, "new@x.io")

    assert owners.signed_in_as == "new@x.io"
    assert owners.cookie != old
    before = App()
    before.cookie = old
    assert before.signed_in_as is None
    assert outsiders.signed_in_as == "outsider@example.com"
