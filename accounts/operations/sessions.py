"""Browser sessions (SESSION_ENGINE): a copy of the table opens none of them.

The row's key is the SHA-256 of the cookie value and its data are sealed. The row says whose it is, so that
all sessions of an account can be ended at once.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils.crypto import constant_time_compare, get_random_string

from accounts.models import Session, User
from accounts.rules.principal import Principal
from accounts.rules.scopes import SESSION
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.errors import BadCredential
from tasktracker.core.sealing import CannotOpen, digest, seal, unseal

_KEY_LENGTH = 32  # of 36 characters: 165 bits


class SessionStore(SessionBase):
    """Django's session interface over accounts.Session.

    A session ends SESSION_COOKIE_AGE after it was made, which is at sign-in; using it does not prolong it.
    """

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(pk=digest(session_key)).exists()

    def load(self) -> dict[str, Any]:
        """Read the session of the cookie; an unknown or ended one becomes a new, empty one."""
        found = Session.objects.filter(pk=digest(self._known_key), expire_date__gt=DatabaseNow())
        sealed = found.values_list("session_data", flat=True).first()
        if sealed is None:
            self._session_key = None
            return {}
        return self.decode(sealed)

    def create(self) -> None:
        """Make a row under a fresh key. Django calls this at sign-in too (cycle_key)."""
        self._session_key = get_random_string(_KEY_LENGTH, VALID_KEY_CHARS)
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  # Django's signature
        """Write the session. Raises CreateError, or UpdateError when it was ended meanwhile."""
        if self.session_key is None:
            return self.create()
        values = self._values(self._get_session(no_load=must_create))  # type: ignore[attr-defined]  # no stub
        if must_create:
            return self._insert(values)
        values["expire_date"] = Least(F("expire_date"), values["expire_date"])
        if not Session.objects.filter(pk=digest(self._known_key)).update(**values):
            raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(pk=digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Remove ended sessions: Django's own name for it."""
        Session.objects.filter(expire_date__lte=DatabaseNow()).delete()

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Seal the data for this session's row alone; sign-in steps keep codes and secrets in them."""
        return seal(self.serializer().dumps(session_dict), purpose=self._purpose)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Open the data. What no key opens any more is an empty session: the person signs in again."""
        try:
            opened = unseal(str(session_data), purpose=self._purpose)
        except CannotOpen:
            return {}
        decoded: dict[str, Any] = self.serializer().loads(opened)
        return decoded

    def _insert(self, values: dict[str, Any]) -> None:
        try:
            with transaction.atomic():
                Session.objects.create(pk=digest(self._known_key), **values)
        except IntegrityError:
            raise CreateError from None

    def _values(self, data: dict[str, Any]) -> dict[str, Any]:
        user_id = data.get(SESSION_KEY)
        return {
            "session_data": self.encode(data),
            "expire_date": self.get_expiry_date(),
            "user_id": int(user_id) if user_id else None,
        }

    @property
    def _known_key(self) -> str:
        return self.session_key or ""

    @property
    def _purpose(self) -> str:
        return f"session:{digest(self._known_key)}"


# The whole decision in one statement: the row, whose it is, and the database's clock.
_session_row = CompiledQuery(
    lambda key_digest: Session.objects.filter(pk=key_digest, expire_date__gt=DatabaseNow()).values_list(
        "session_data", "user_id", "user__password", "user__is_active", "user__is_staff", DatabaseNow()
    ),
    key_digest="0",
)


def check_session(cookie: str) -> Principal:
    """Check the value of a session cookie and say who is calling, as Django's own sign-in would.

    Raises BadCredential: unknown, ended, not signed in, closed account, or another password by now.
    """
    row = _session_row.first(key_digest=digest(cookie))
    if row is None:
        raise BadCredential
    sealed, user_id, password, is_active, is_staff, at = row
    if user_id is None or not is_active:
        raise BadCredential
    data = SessionStore(cookie).decode(sealed)
    expected = User(password=password).get_session_auth_hash()
    if (
        data.get(SESSION_KEY) != str(user_id)
        or data.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS
        or not constant_time_compare(data.get(HASH_SESSION_KEY, ""), expected)
    ):
        raise BadCredential
    return Principal(
        user_id=user_id,
        kind=SESSION,
        scopes=frozenset(),
        credential_id=None,
        organization_id=None,
        project_id=None,
        is_staff=is_staff,
        at=at,
    )


def signed_in_as(cookie: str | None) -> User | None:
    """Say whose session a cookie's value is; None when it is nobody's, or not good any more."""
    try:
        principal = check_session(cookie or "")
    except BadCredential:
        return None
    return User.objects.filter(pk=principal.user_id).first()


def start_session(*, user: User, at: datetime, replaces: str | None = None) -> str:
    """Sign somebody in whose credentials were checked. Returns the cookie's value, which nothing keeps.

    replaces: the value of the cookie that came with the request. Its session ends, whosever it was: a value
    that somebody planted before is worth nothing after (session fixation).
    """
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    with transaction.atomic():
        if replaces:
            end_session(replaces)
        store.create()
        User.objects.filter(pk=user.pk).update(last_login=at)
    return str(store.session_key)


def end_session(cookie: str) -> None:
    """End the session of a cookie's value, from the next request on; an unknown one is fine."""
    Session.objects.filter(pk=digest(cookie)).delete()


def end_sessions(*, user_id: int, except_digest: str | None = None) -> int:
    """End every session of an account, from the next request on. Returns how many.

    except_digest: core.sealing.digest of the cookie value that may stay.
    """
    ended, _ = Session.objects.filter(user_id=user_id).exclude(pk=except_digest or "").delete()
    return ended


def clear_expired_sessions(*, at: datetime) -> int:
    """Remove the sessions that ended before `at`. Returns how many."""
    removed, _ = Session.objects.filter(expire_date__lte=at).delete()
    return removed
