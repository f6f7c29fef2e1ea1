from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY, login, logout, update_session_auth_hash
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.test import RequestFactory

from accounts.jobs import SWEEPS
from accounts.models import Session, User
from accounts.operations.sessions import SessionStore, clear_expired_sessions, end_sessions
from tasktracker.core import clock
from tasktracker.core.sealing import digest

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def saved(**data):
    """Make a session; returns its cookie value."""
    store = SessionStore()
    store.update(data)
    store.save()
    return store.session_key


def signed_in(user):
    return saved(**{SESSION_KEY: str(user.pk)})


def row_of(cookie):
    return Session.objects.get(pk=digest(cookie))


def request_with(cookie=None):
    request = RequestFactory().get("/")
    request.session = SessionStore(cookie)
    return request


def test_session_comes_back_by_its_cookie(owner):
    cookie = saved(step=3, code="123456", **{SESSION_KEY: str(owner.pk)})

    assert dict(SessionStore(cookie).items()) == {
        "step": 3,
        "code": "123456",
        "_auth_user_id": str(owner.pk),
    }
    assert row_of(cookie).user == owner


def test_row_shows_neither_cookie_nor_content():
    cookie = saved(code="unlikely-text-123456")

    row = row_of(cookie)

    assert Session.objects.filter(pk=cookie).count() == 0
    assert cookie not in f"{row.digest} {row.session_data}"
    assert "unlikely" not in row.session_data
    assert row.user is None


def test_data_moved_to_another_row_does_not_open(owner):
    signed, empty = signed_in(owner), saved()

    Session.objects.filter(pk=digest(empty)).update(session_data=row_of(signed).session_data)

    assert dict(SessionStore(empty).items()) == {}


def test_data_whose_key_is_gone_is_an_empty_session(owner, settings):
    cookie = signed_in(owner)

    settings.TASKTRACKER_SEALING_KEYS = {"new": b"k" * 32}

    assert dict(SessionStore(cookie).items()) == {}


@pytest.mark.parametrize("cookie", ["", "short", "x" * 32, "x" * 100_000, "é" * 32, "a\0b" * 12])
def test_unknown_cookie_is_a_new_empty_session(cookie):
    store = SessionStore(cookie)

    assert dict(store.items()) == {}
    assert store.session_key is None


def test_digest_is_no_cookie(owner):
    cookie = signed_in(owner)

    assert dict(SessionStore(digest(cookie)).items()) == {}


def test_session_ends_a_day_after_it_was_made_however_it_is_used(owner):
    before = clock.now()
    cookie = signed_in(owner)
    made = row_of(cookie).expire_date
    assert timedelta(0) <= made - before - timedelta(days=1) < timedelta(seconds=60)
    Session.objects.update(expire_date=before + timedelta(hours=1))

    store = SessionStore(cookie)
    store["page"] = 2
    store.save()

    assert row_of(cookie).expire_date == before + timedelta(hours=1)
    assert SessionStore(cookie)["page"] == 2


def test_session_can_be_made_to_end_sooner(owner):
    cookie = signed_in(owner)

    store = SessionStore(cookie)
    store.set_expiry(60)
    store.save()

    assert row_of(cookie).expire_date - clock.now() <= timedelta(seconds=60)


def test_ended_session_is_not_read(owner):
    cookie = signed_in(owner)

    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))

    assert dict(SessionStore(cookie).items()) == {}


def test_saving_an_ended_session_is_an_error_and_makes_none(owner):
    store = SessionStore(signed_in(owner))
    store["page"] = 2
    end_sessions(user_id=owner.pk)

    with pytest.raises(UpdateError):
        store.save()

    assert Session.objects.count() == 0


def test_key_in_use_is_not_made_again():
    store = SessionStore(saved())

    with pytest.raises(CreateError):
        store.save(must_create=True)


def test_sign_in_changes_the_cookie_and_keeps_the_content(owner):
    before = saved(basket="full")
    request = request_with(before)

    login(request, owner, backend=BACKEND)
    request.session.save()

    after = request.session.session_key
    assert after != before
    assert list(Session.objects.values_list("digest", "user")) == [(digest(after), owner.pk)]
    assert SessionStore(after)["basket"] == "full"
    assert not SessionStore().exists(before)


def test_sign_out_removes_the_row(owner):
    request = request_with()
    login(request, owner, backend=BACKEND)
    request.session.save()

    logout(request)

    assert Session.objects.count() == 0


def test_page_keeps_its_session_over_a_password_change(owner):
    request = request_with()
    login(request, owner, backend=BACKEND)
    request.session.save()
    end_sessions(user_id=owner.pk)
    request.user = owner

    update_session_auth_hash(request, owner)
    request.session.save()

    assert list(Session.objects.values_list("digest", "user")) == [
        (digest(request.session.session_key), owner.pk)
    ]


def test_sessions_of_an_account_end_together(owner, outsider):
    kept, _second, foreign = signed_in(owner), signed_in(owner), signed_in(outsider)

    assert end_sessions(user_id=owner.pk, except_digest=digest(kept)) == 1
    assert set(Session.objects.values_list("digest", flat=True)) == {digest(kept), digest(foreign)}

    assert end_sessions(user_id=owner.pk) == 1
    assert set(Session.objects.values_list("digest", flat=True)) == {digest(foreign)}


def test_removed_account_takes_its_sessions_along(owner):
    signed_in(owner)

    User.objects.filter(pk=owner.pk).delete()

    assert Session.objects.count() == 0


def test_sweep_removes_only_what_has_ended(owner, at):
    ended, ending, living = (signed_in(owner) for _ in range(3))
    for cookie, seconds in ((ended, -1), (ending, 0), (living, 1)):
        Session.objects.filter(pk=digest(cookie)).update(expire_date=at + timedelta(seconds=seconds))

    assert SWEEPS["sessions"](at) == 2
    assert clear_expired_sessions(at=at) == 0
    assert list(Session.objects.values_list("digest", flat=True)) == [digest(living)]


def test_djangos_own_clearing_works():
    cookie = saved()
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    living = saved()

    SessionStore.clear_expired()

    assert not SessionStore().exists(cookie)
    assert SessionStore().exists(living)


def test_reading_is_one_statement_and_writing_one(owner, django_assert_num_queries):
    cookie = signed_in(owner)
    store = SessionStore(cookie)

    with django_assert_num_queries(1):
        store.get("page")
    store["page"] = 2
    with django_assert_num_queries(1):
        store.save()
