"""The stakes key and the calendar token: read again, reset, and nowhere in the database."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import User
from accounts.operations.derived_keys import (
    NoCalendarToken,
    account_of_calendar_token,
    calendar_token,
    check_stakes_key,
    reset_calendar_token,
    reset_stakes_key,
    stakes_key,
)
from accounts.rules.principal import NotForKeys, Principal
from tasktracker.core.derived import derived_secret, is_derived_secret
from tasktracker.core.errors import BadCredential, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner)


def test_a_key_is_the_same_until_it_is_reset(caller: Principal, owner: User) -> None:
    first = stakes_key(principal=caller)
    assert stakes_key(principal=caller) == first
    second = reset_stakes_key(principal=caller)

    assert first.startswith(f"tr2_{owner.pk}_")
    assert (len(first), second != first, stakes_key(principal=caller)) == (
        len(f"tr2_{owner.pk}_") + 40,
        True,
        second,
    )
    with pytest.raises(BadCredential):
        check_stakes_key(first)
    principal = check_stakes_key(second)
    assert (principal.user_id, principal.kind, principal.is_staff, principal.scopes) == (
        owner.pk,
        "stakes_key",
        False,
        frozenset(),
    )


def test_before_it_was_made_no_key_is_good(owner: User) -> None:
    made_up = f"tr2_{owner.pk}_{derived_secret('accounts.derived_key', 'tr2', owner.pk, 0)}"

    with pytest.raises(BadCredential):
        check_stakes_key(made_up)


def test_one_statement_decides(caller: Principal, django_assert_num_queries: Callable[..., object]) -> None:
    key = stakes_key(principal=caller)

    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        check_stakes_key(key)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "tr2_",
        "nonsense",
        "tr2_1_" + "0" * 39,
        "tr2_0_" + "0" * 40,
        "tr2_01_" + "0" * 40,
        "tr2_99999999999999999999_" + "0" * 40,
        "tr2_9223372036854775807_" + "0" * 40,
        "tr2_9223372036854775808_" + "0" * 40,
        "tr2_\u0661_" + "0" * 40,
        "tr2_1_" + "0" * 40 + "\n",
        "tr2_1_" + "\x00" * 40,
    ],
)
def test_what_is_no_key_is_refused(caller: Principal, wrong: str) -> None:
    stakes_key(principal=caller)

    with pytest.raises(BadCredential):
        check_stakes_key(wrong)
    with pytest.raises(NotFound):
        account_of_calendar_token(wrong)


def test_keys_are_of_one_account_and_one_purpose(
    caller: Principal, owner: User, outsider: User, principal_of: Callable[..., Principal]
) -> None:
    key = stakes_key(principal=caller)
    stakes_key(principal=principal_of(outsider))
    secret = key.rpartition("_")[2]

    for wrong in (f"tr2_{outsider.pk}_{secret}", f"cal_{owner.pk}_{secret}", key.upper()):
        with pytest.raises(BadCredential):
            check_stakes_key(wrong)
        with pytest.raises(NotFound):
            account_of_calendar_token(wrong)


def test_an_inactive_account_has_none(caller: Principal, owner: User) -> None:
    key, token = stakes_key(principal=caller), reset_calendar_token(principal=caller)
    User.objects.filter(pk=owner.pk).update(is_active=False)

    with pytest.raises(BadCredential):
        check_stakes_key(key)
    with pytest.raises(NotFound):
        account_of_calendar_token(token)


def test_the_feed_has_a_token_once_it_was_asked_for(caller: Principal, owner: User) -> None:
    with pytest.raises(NoCalendarToken, match="has not been generated"):
        calendar_token(principal=caller)

    first = reset_calendar_token(principal=caller)
    assert calendar_token(principal=caller) == first
    assert account_of_calendar_token(first)[0] == owner.pk
    second = reset_calendar_token(principal=caller)

    with pytest.raises(NotFound):
        account_of_calendar_token(first)
    assert account_of_calendar_token(second)[0] == owner.pk


def test_other_keys_read_none(owner: User, principal_of: Callable[..., Principal]) -> None:
    for kind in ("triggers_token", "project_key", "personal_key", "device_token"):
        stranger = principal_of(owner, kind=kind)
        for door in (stakes_key, reset_stakes_key, calendar_token, reset_calendar_token):
            with pytest.raises(NotForKeys):
                door(principal=stranger)
    assert stakes_key(principal=principal_of(owner, kind="stakes_key")).startswith("tr2_")


def test_a_ring_of_keys_accepts_the_old_ones(caller: Principal, settings: Settings) -> None:
    key = stakes_key(principal=caller)
    old = settings.TASKTRACKER_SEALING_KEYS

    settings.TASKTRACKER_SEALING_KEYS = {"s2": b"N" * 32, **old}
    assert check_stakes_key(key).user_id == caller.user_id
    assert stakes_key(principal=caller) != key
    settings.TASKTRACKER_SEALING_KEYS = {"s2": b"N" * 32}
    with pytest.raises(BadCredential):
        check_stakes_key(key)


def test_subjects_are_told_apart() -> None:
    assert derived_secret("a", 1, 23) != derived_secret("a", 12, 3)
    assert derived_secret("a", "b") != derived_secret("ab")
    assert is_derived_secret(derived_secret("a", 1), "a", 1)
    assert not is_derived_secret("\ud800", "a", 1)


def test_no_key_is_in_the_database(caller: Principal, capsys: pytest.CaptureFixture[str]) -> None:
    made = [stakes_key(principal=caller), reset_calendar_token(principal=caller)]

    call_command("dumpdata", "accounts")

    dump = capsys.readouterr().out
    assert len(dump) > 500
    assert [text for text in made if text in dump or text.rpartition("_")[2] in dump] == []
