"""Accounts, found by id or address."""

from accounts.models import User
from accounts.rules.emails import BadEmail, normal_email
from accounts.rules.principal import Principal
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
