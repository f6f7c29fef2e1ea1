"""Accounts, found by id or address."""

from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.rules.emails import BadEmail, normal_email
from accounts.rules.principal import Principal
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.errors import NotFound


def account_of(principal: Principal) -> User:
    """Read the caller's own account. Raises NotFound when it has just been closed."""
    user = User.objects.filter(pk=principal.user_id).first()
    if user is None:
        raise NotFound
    return user


def account_by_email(email: str) -> User | None:
    """Find the account that signs in with this address, in any spelling; None where there is none.

    For sign-in and operators. What is shown to a caller must not depend on the answer (P30).
    """
    try:
        return User.objects.filter(email=normal_email(email)).first()
    except BadEmail:
        return None


# Not FOR UPDATE: rows that point at the account can be written all the while.
_locked = CompiledQuery(
    lambda user_id: User.objects.filter(pk=user_id).select_for_update(no_key=True).values_list("pk"),
    user_id=1,
)
_time_zone = CompiledQuery(
    lambda user_id: User.objects.filter(pk=user_id).values_list("time_zone"), user_id=1
)


def lock_account(user_id: int) -> None:
    """Let one transaction at a time change what an account has only one of. Taken before any task's lock.

    Inside a transaction. On SQLite the transaction itself is the lock. Raises NotFound.
    """
    if _locked.first(user_id=user_id) is None:
        raise NotFound


def zone_of(user_id: int) -> ZoneInfo:
    """Return the zone in which an account's days begin. Raises NotFound."""
    row = _time_zone.first(user_id=user_id)
    if row is None:
        raise NotFound
    return ZoneInfo(row[0])
