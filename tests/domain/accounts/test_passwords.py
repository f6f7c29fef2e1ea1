import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import Session, User
from accounts.operations.accounts import (
    WeakPassword,
    WrongPassword,
    change_password,
    reset_password,
)
from accounts.operations.sessions import SessionStore
from accounts.rules.passwords import HELP, PasswordRule, password_faults
from accounts.rules.principal import NotForKeys
from tasktracker.core.errors import NotFound
from tasktracker.core.sealing import digest
from tests.conftest import PASSWORD

NEXT = "Another passw0rd"


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("Passw0rd", []),
        ("Pässw٣rd", []),
        ("Aa1" + "x" * 997, []),
        ("Aa1" + "x" * 998, ["password_too_long"]),
        ("Passw0r", ["password_too_short"]),
        ("", ["password_too_short"]),
        ("PASSW0RD", ["password_without_lower_case"]),
        ("passw0rd", ["password_without_upper_case"]),
        ("Password", ["password_without_digit"]),
        ("password", ["password_without_digit", "password_without_upper_case"]),
    ],
)
def test_password_rule(password, codes):
    assert [code for code, _ in password_faults(password)] == codes


def test_forms_use_the_same_rule():
    validate_password("Passw0rd")

    with pytest.raises(ValidationError) as refusal:
        validate_password("password")

    assert [error.code for error in refusal.value.error_list] == [
        "password_without_digit",
        "password_without_upper_case",
    ]
    assert PasswordRule().get_help_text() == HELP


def test_argon2_is_the_hash_of_the_settings(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    user = User(email="ann@example.com")

    user.set_password("Passw0rd")

    assert user.password.startswith("argon2$argon2id$")
    assert user.check_password("Passw0rd")


def test_cap_stands_before_the_hash():
    user = User(email="ann@example.com")
    user.set_password("Aa1" + "x" * 997)

    assert user.check_password("Aa1" + "x" * 997)
    assert not user.check_password("Aa1" + "x" * 998)

    user.set_password("Aa1" + "x" * 998)

    assert not user.has_usable_password()


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["owner@example.com", "nobody@example.com"])
def test_endless_password_is_only_wrong(owner, email):
    assert authenticate(None, email=email, password="x" * 100_000) is None


@pytest.mark.django_db
def test_sign_in_takes_the_address_in_any_spelling(owner):
    assert authenticate(None, email="Owner@Example.com", password=PASSWORD) == owner


@pytest.mark.django_db
def test_inactive_account_cannot_sign_in(owner):
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert authenticate(None, email=owner.email, password=PASSWORD) is None


# --- changing ---
@pytest.fixture
def sign_in(db):
    """Make a session of a user; returns its cookie value."""

    def make(user):
        store = SessionStore()
        store["_auth_user_id"] = str(user.pk)
        store.save()
        return store.session_key

    return make


def test_new_password_ends_every_session_but_the_kept_one(owner, outsider, principal_of, sign_in):
    kept, _other, foreign = sign_in(owner), sign_in(owner), sign_in(outsider)

    change_password(
        principal=principal_of(owner),
        current_password=PASSWORD,
        new_password=NEXT,
        keep_session_digest=digest(kept),
    )

    owner.refresh_from_db()
    assert owner.check_password(NEXT)
    assert set(Session.objects.values_list("digest", flat=True)) == {digest(kept), digest(foreign)}


def test_new_password_ends_all_sessions_by_default(owner, principal_of, sign_in):
    sign_in(owner)

    change_password(principal=principal_of(owner), current_password=PASSWORD, new_password=NEXT)

    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"current_password": NEXT}, WrongPassword),
        ({"current_password": ""}, WrongPassword),
        ({"new_password": "password"}, WeakPassword),
    ],
)
def test_refused_change_keeps_password_and_sessions(owner, principal_of, sign_in, values, refusal):
    sign_in(owner)

    with pytest.raises(refusal):
        change_password(
            principal=principal_of(owner), **{"current_password": PASSWORD, "new_password": NEXT, **values}
        )

    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    assert Session.objects.count() == 1


def test_keys_cannot_change_passwords(owner, principal_of):
    with pytest.raises(NotForKeys):
        change_password(
            principal=principal_of(owner, kind="triggers_token"),
            current_password=PASSWORD,
            new_password=NEXT,
        )

    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_account_without_password_can_set_its_first(make_user, principal_of):
    user = make_user("code", password=None)

    change_password(principal=principal_of(user), current_password="", new_password=NEXT)

    user.refresh_from_db()
    assert user.check_password(NEXT)


def test_reset_ends_every_session(owner, sign_in):
    sign_in(owner)

    reset_password(user_id=owner.pk, password=NEXT)

    owner.refresh_from_db()
    assert owner.check_password(NEXT)
    assert Session.objects.count() == 0


@pytest.mark.django_db
def test_weak_reset_and_reset_of_nobody_are_refused(owner):
    with pytest.raises(WeakPassword):
        reset_password(user_id=owner.pk, password="password")
    with pytest.raises(NotFound):
        reset_password(user_id=10**9, password=NEXT)

    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
