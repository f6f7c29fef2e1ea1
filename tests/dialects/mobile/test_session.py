"""Signing in and out: `/internal_api/session`."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from pytest_django import Settings

from accounts.models import Credential, User
from accounts.operations.accounts import change_password
from accounts.operations.devices import revoke_device
from accounts.rules.principal import Principal
from tasktracker.core.sealing import digest
from tests.conftest import NOW, PASSWORD
from tests.dialects.mobile.conftest import Phone, body_of, error_of, everything, fields_of, is_done

pytestmark = pytest.mark.django_db

WRONG = {"code": "unauthorized", "message": "The e-mail address or the password is wrong."}


def sign_in(phone: Phone, **changes: Any) -> Any:
    given = {"email": "owner@example.com", "password": PASSWORD, "device_name": "Pixel 9", **changes}
    return phone.post("/session", {name: value for name, value in given.items() if value is not ...})


def test_the_whole_answer(stranger: Phone, phone: Phone, owner: User) -> None:
    response = sign_in(stranger)

    made = body_of(response, 201)
    device = Credential.objects.latest("pk")
    assert made == {
        "token": made["token"],
        "device": {
            "id": str(device.pk),
            "name": "Pixel 9",
            "created_at": made["device"]["created_at"],
        },
        "user": {
            "id": owner.pk,
            "email": "owner@example.com",
            "name": "Owner",
            "time_zone": "UTC",
            "is_enrolled": True,
            "has_card": False,
            "monthly_stake_limit_cents": None,
            "monthly_charge_limit_cents": 10_000,
            "created_at": "2026-03-02T12:00:00Z",
        },
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert device.digest == digest(made["token"])  # and the token itself is nowhere
    stranger.token = made["token"]
    assert body_of(stranger.get("/me")) == made["user"]


def test_an_address_in_another_spelling(stranger: Phone, owner: User) -> None:
    assert body_of(sign_in(stranger, email=" Owner@EXAMPLE.com "), 201)


@pytest.mark.parametrize(
    "changes", [{"password": "wrong"}, {"email": "nobody@example.com"}, {"email": "x"}, {"email": "owner"}]
)
def test_whatever_is_wrong_the_answer_is_the_same(
    stranger: Phone, owner: User, changes: dict[str, str]
) -> None:
    before = everything()

    assert error_of(sign_in(stranger, **changes), 401) == WRONG
    assert everything() == before


def test_a_closed_account_is_no_account(stranger: Phone, owner: User) -> None:
    User.objects.update(is_active=False)

    assert error_of(sign_in(stranger), 401) == WRONG


@pytest.mark.parametrize("field", ["email", "password", "device_name"])
@pytest.mark.parametrize("value", [..., "", None, 5, ["x"]])
def test_every_field_is_needed(stranger: Phone, owner: User, field: str, value: object) -> None:
    assert set(fields_of(sign_in(stranger, **{field: value}))) == {field}
    assert not Credential.objects.exists()


def test_guesses_are_counted_in_the_database(stranger: Phone, owner: User, settings: Settings) -> None:
    limit, _ = settings.TASKTRACKER_GUESS_LIMITS["sign_in.email"]
    for _ in range(limit):
        sign_in(stranger, password="wrong")  # it is

    error = error_of(sign_in(stranger), 429)

    assert error["message"] == "Too many attempts. Try again later."
    assert not Credential.objects.exists()


def test_the_second_factor(stranger: Phone, owner: User, settings: Settings) -> None:
    settings.MFA_TOTP_TOLERANCE = 1  # a code stays good while the half minute turns
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    _, now, _ = yield_hotp_counters_from_time()
    code = format_hotp_value(hotp_value(secret, now))

    missing = error_of(sign_in(stranger), 401)
    wrong = error_of(sign_in(stranger, code="000000"), 401)

    assert missing == {
        "code": "unauthorized",
        "message": "Enter the code of your authenticator app.",
        "details": "code required",
    }
    assert wrong == {"code": "unauthorized", "message": "This code is wrong or was used before."}
    assert body_of(sign_in(stranger, code=code), 201)
    assert error_of(sign_in(stranger, code=code), 401)  # good once


def test_who_is_not_enrolled_is_let_in_and_told_what_is_missing(
    stranger: Phone, make_user: Callable[..., User]
) -> None:
    make_user("fresh", confirmed=False)

    made = body_of(sign_in(stranger, email="fresh@example.com"), 201)
    stranger.token = made["token"]

    assert made["user"]["is_enrolled"] is False
    assert body_of(stranger.get("/me"), 409)["error"]["code"] == "user_not_enrolled"


def test_signing_out_ends_this_token_alone(make_phone: Callable[..., Phone], owner: User) -> None:
    first, second = make_phone(owner), make_phone(owner)

    assert is_done(first.delete("/session"))

    assert error_of(first.get("/me"), 401)
    assert error_of(first.delete("/session"), 401)
    assert body_of(second.get("/me"))


def test_a_revoked_device_is_out_at_once(
    phone: Phone, owner: User, principal_of: Callable[..., Principal]
) -> None:
    device = Credential.objects.get()

    revoke_device(principal=principal_of(owner), device_id=device.pk, at=NOW)

    assert error_of(phone.get("/me"), 401)


def test_a_new_password_signs_every_device_out(
    phone: Phone, outsiders: Phone, owner: User, principal_of: Callable[..., Principal]
) -> None:
    change_password(
        principal=principal_of(owner), current_password=PASSWORD, new_password="Another horse 2 battery"
    )

    assert error_of(phone.get("/me"), 401)
    assert body_of(outsiders.get("/me"))


def test_that_it_is_in_use_is_noted(phone: Phone) -> None:
    phone.get("/me")

    assert Credential.objects.get().last_used_at is not None
