"""Where an account is signed in: its own sessions that have not ended, newest first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Session, User
from accounts.queries.sessions import SignIn, sign_ins_of
from accounts.rules.principal import NotForKeys, Principal

FAR = datetime(2100, 1, 2, tzinfo=UTC)  # later than any clock that runs these tests
DAY = timedelta(days=1)


def session(user: User | None, ends_at: datetime, digest: str) -> None:
    Session.objects.create(digest=digest, session_data="", expire_date=ends_at, user=user)


def test_own_sessions_newest_first(
    owner: User, outsider: User, principal_of: Callable[..., Principal]
) -> None:
    session(owner, FAR, "a" * 64)
    session(owner, FAR + DAY, "b" * 64)
    session(owner, datetime(2020, 1, 1, tzinfo=UTC), "c" * 64)
    session(outsider, FAR, "d" * 64)
    session(None, FAR, "e" * 64)

    assert sign_ins_of(principal_of(owner)) == [
        SignIn("b" * 64, FAR, FAR + DAY),
        SignIn("a" * 64, FAR - DAY, FAR),
    ]


def test_keys_see_no_sessions(owner: User, principal_of: Callable[..., Principal]) -> None:
    with pytest.raises(NotForKeys):
        sign_ins_of(principal_of(owner, kind="triggers_token", scopes=frozenset({"user"})))
