"""Devices: what the token of a mobile app opens, until when, and what it never opens."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Credential, User
from accounts.operations.accounts import change_password, edit_profile, enroll, reset_password
from accounts.operations.closing import revoke_account
from accounts.operations.credentials import issue_triggers_token, revoke_credential
from accounts.operations.derived_keys import calendar_token, reset_stakes_key, stakes_key
from accounts.operations.devices import (
    NotEnrolled,
    check_device_token,
    check_enrolled_device,
    issue_device_token,
    revoke_device,
    sign_out,
)
from accounts.operations.organizations import create_organization
from accounts.operations.project_keys import issue_project_key
from accounts.queries.credentials import devices_of
from accounts.queries.projects import inbox_of
from accounts.rules.device_tokens import is_device_token, new_device_token
from accounts.rules.names import BadName
from accounts.rules.principal import NotForKeys, Principal
from accounts.rules.scopes import TRIGGERS_TOKEN
from tasktracker.core.errors import BadCredential, NotFound
from tasktracker.core.sealing import digest
from tests.conftest import NOW, PASSWORD

pytestmark = pytest.mark.django_db

NEW = "Another horse 2 battery"


@pytest.fixture
def token(owner: User) -> str:
    return issue_device_token(user=owner, name=" Pixel 9 ", at=NOW).token


def test_only_a_digest_is_kept(owner: User, token: str) -> None:
    row = Credential.objects.values().get()

    assert (row["digest"], row["name"], row["scope"]) == (digest(token), "Pixel 9", "")
    assert token not in str(row)


def test_who_calls(owner: User, token: str) -> None:
    principal = check_device_token(token)

    assert (principal.user_id, principal.kind, principal.owns_only) == (owner.pk, "device_token", True)
    assert principal.credential_id == Credential.objects.get().pk
    assert Credential.objects.get().last_used_at is not None


@pytest.mark.parametrize("text", ["", "x", "ttd_", "ttd_" + "G" * 48, "ttd_" + "0" * 48, "ttd_" + "0" * 49])
def test_what_is_none_of_ours(text: str, token: str) -> None:
    with pytest.raises(BadCredential):
        check_device_token(text)


def test_every_token_is_spelled_like_one() -> None:
    assert is_device_token(new_device_token())
    assert not is_device_token(new_device_token().upper())


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_device_has_a_name(owner: User, name: str) -> None:
    with pytest.raises(BadName):
        issue_device_token(user=owner, name=name, at=NOW)


def test_it_opens_nothing_before_enrolment(
    owner: User, token: str, principal_of: Callable[..., Principal]
) -> None:
    with pytest.raises(NotEnrolled):
        check_enrolled_device(token)

    enroll(principal=principal_of(owner), name="O", time_zone="UTC", has_accepted_terms=True, at=NOW)

    assert check_enrolled_device(token).user_id == owner.pk


def test_signing_out(owner: User, token: str) -> None:
    other = issue_device_token(user=owner, name="Tablet", at=NOW)
    caller = check_device_token(token)

    sign_out(principal=caller, at=NOW)

    with pytest.raises(BadCredential):
        check_device_token(token)
    assert list(devices_of(caller)) == [other.credential]


@pytest.mark.parametrize("who", ["owner", "outsider"])
def test_a_device_is_revoked_once_and_by_its_owner(
    owner: User, outsider: User, token: str, principal_of: Callable[..., Principal], who: str
) -> None:
    device = Credential.objects.get()
    if who == "owner":
        revoke_device(principal=principal_of(owner), device_id=device.pk, at=NOW)

    with pytest.raises(NotFound):
        revoke_device(
            principal=principal_of(owner if who == "owner" else outsider), device_id=device.pk, at=NOW
        )


def test_a_device_is_no_other_credential(owner: User, token: str) -> None:
    caller = check_device_token(token)
    made = issue_triggers_token(principal=caller, name="t", scope="user", at=NOW).credential

    with pytest.raises(NotFound):
        revoke_device(principal=caller, device_id=made.pk, at=NOW)
    with pytest.raises(NotFound):
        revoke_credential(
            principal=caller, credential_id=caller.credential_id or made.pk, kind=TRIGGERS_TOKEN, at=NOW
        )
    revoke_credential(principal=caller, credential_id=made.pk, kind=TRIGGERS_TOKEN, at=NOW)


def _changed(owner: User, caller: Principal) -> None:
    change_password(principal=caller, current_password=PASSWORD, new_password=NEW)


def _reset(owner: User, caller: Principal) -> None:
    reset_password(user_id=owner.pk, password=NEW)


def _closed(owner: User, caller: Principal) -> None:
    revoke_account(user_id=owner.pk, at=NOW)


def _deactivated(owner: User, caller: Principal) -> None:
    User.objects.update(is_active=False)


@pytest.mark.parametrize("happening", [_changed, _reset, _closed, _deactivated])
def test_what_ends_every_device(
    owner: User, token: str, principal_of: Callable[..., Principal], happening: Callable[..., None]
) -> None:
    happening(owner, principal_of(owner))

    with pytest.raises(BadCredential):
        check_device_token(token)


@pytest.mark.parametrize(
    "ask",
    [
        lambda caller: change_password(principal=caller, current_password=PASSWORD, new_password=NEW),
        lambda caller: stakes_key(principal=caller),
        lambda caller: reset_stakes_key(principal=caller),
        lambda caller: calendar_token(principal=caller),
        lambda caller: create_organization(principal=caller, name="Acme", at=NOW),
        lambda caller: issue_project_key(
            principal=caller, project_id=inbox_of(caller.user_id).pk, name="k", at=NOW
        ),
    ],
)
def test_what_a_device_may_not(token: str, ask: Callable[[Principal], Any]) -> None:
    with pytest.raises(NotForKeys):
        ask(check_device_token(token))


def test_what_a_device_may(token: str) -> None:
    caller = check_device_token(token)

    assert edit_profile(principal=caller, name="Ann").name == "Ann"
    assert issue_triggers_token(principal=caller, name="t", scope="user", at=NOW)


def test_a_token_of_triggers_makes_no_token(owner: User, principal_of: Callable[..., Principal]) -> None:
    narrow = principal_of(owner, kind=TRIGGERS_TOKEN, scopes=frozenset({"user"}))

    with pytest.raises(NotForKeys):
        issue_triggers_token(principal=narrow, name="t", scope="user", at=NOW)
