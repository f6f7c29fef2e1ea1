"""Where an account is signed in, as its owner may see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Session
from accounts.rules.principal import Principal, require_whole_account
from tasktracker.core.clock import DatabaseNow

_SHOWN = 50


@dataclass(frozen=True)
class SignIn:
    """One session. digest: of the cookie value; it cannot be turned back into it."""

    digest: str
    signed_in_at: datetime
    ends_at: datetime


def sign_ins_of(principal: Principal) -> list[SignIn]:
    """List the sessions of the caller's account that have not ended, newest first, 50 at most.

    Raises NotForKeys.
    """
    require_whole_account(principal)
    rows = Session.objects.filter(user_id=principal.user_id, expire_date__gt=DatabaseNow())
    newest = rows.order_by("-expire_date", "pk").values_list("pk", "expire_date")[:_SHOWN]
    age = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return [SignIn(digest, ends_at - age, ends_at) for digest, ends_at in newest]
