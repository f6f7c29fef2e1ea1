"""Checking a session cookie without Django's own sign-in: the same answer, in one statement."""

from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, get_user, login
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Session, User
from accounts.operations.sessions import SessionStore, check_session, end_session, start_session
from accounts.rules.principal import Principal
from tasktracker.core import clock
from tasktracker.core.errors import BadCredential
from tasktracker.core.sealing import digest
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def cookie(owner: User) -> str:
    """The value of a good cookie of the owner's."""
    return start_session(user=owner, at=NOW)


def is_refused(cookie: str) -> bool:
    """Ask us, and Django, which must agree."""
    request = RequestFactory().get("/")
    request.session = SessionStore(cookie)
    theirs = not get_user(request).is_authenticated
    try:
        check_session(cookie)
    except BadCredential:
        assert theirs
        return True
    assert not theirs
    return False


def test_it_says_who_is_calling(cookie: str, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_staff=True)

    principal = check_session(cookie)

    assert principal == Principal(
        user_id=owner.pk,
        kind="session",
        scopes=frozenset(),
        credential_id=None,
        organization_id=None,
        project_id=None,
        is_staff=True,
        at=principal.at,
    )
    assert abs(principal.at - clock.now()) < timedelta(minutes=1)
    assert not is_refused(cookie)


def test_a_sign_in_on_the_pages_counts(owner: User) -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    login(request, owner, "allauth.account.auth_backends.AuthenticationBackend")
    request.session.save()

    assert check_session(request.session.session_key or "").user_id == owner.pk


def test_one_statement_is_enough(cookie: str) -> None:
    with CaptureQueriesContext(connection) as statements:
        check_session(cookie)

    assert len(statements) == 1


@pytest.mark.parametrize("value", ["", "x", "x" * 32, "é" * 32, "a" * 5000])
def test_an_unknown_value_is_refused(cookie: str, value: str) -> None:
    assert is_refused(value)
    assert is_refused(digest(cookie))


@pytest.mark.parametrize("columns", [{"is_active": False}, {"password": "md5$a$b"}, {"password": "!"}])
def test_an_account_that_changed_is_refused(cookie: str, owner: User, columns: dict[str, object]) -> None:
    User.objects.filter(pk=owner.pk).update(**columns)

    assert is_refused(cookie)


@pytest.mark.parametrize("key", [HASH_SESSION_KEY, BACKEND_SESSION_KEY, "_auth_user_id"])
def test_a_session_that_lacks_something_is_refused(cookie: str, key: str) -> None:
    store = SessionStore(cookie)
    del store[key]
    store.save()

    assert is_refused(cookie)


def test_a_session_of_two_minds_is_refused(cookie: str, outsider: User) -> None:
    Session.objects.filter(pk=digest(cookie)).update(user=outsider)

    with pytest.raises(BadCredential):
        check_session(cookie)


def test_an_ended_one_is_refused(cookie: str) -> None:
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    assert is_refused(cookie)

    end_session(cookie)
    assert is_refused(cookie)


def test_what_no_key_opens_is_refused(cookie: str, outsider: User) -> None:
    other = start_session(user=outsider, at=NOW)
    sealed = Session.objects.get(pk=digest(other)).session_data
    Session.objects.filter(pk=digest(cookie)).update(session_data=sealed, user=outsider)

    assert is_refused(cookie)
