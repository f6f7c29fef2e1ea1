"""The stakes key and the calendar token: their owner may read them again, so they are worked out each time.

A row holds only a generation; the next generation ends the secret before it (reliability.md 4.5).
"""

import re
from datetime import datetime
from typing import Final

from django.db.models import F

from accounts.models import User
from accounts.rules.principal import Principal, require_own_account
from accounts.rules.scopes import STAKES_KEY
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.derived import derived_secret, is_derived_secret
from tasktracker.core.errors import BadCredential, NotFound, RuleBroken

_STAKES_PREFIX: Final = "tr2"
_CALENDAR_PREFIX: Final = "cal"
_SPELLING: Final = re.compile(r"(tr2|cal)_([1-9][0-9]{0,18})_([0-9a-f]{40})", flags=re.ASCII)
_LARGEST_ID: Final = 2**63 - 1
_PURPOSE: Final = "accounts.derived_key"


class NoCalendarToken(RuleBroken):
    """The account has not asked for a calendar feed yet."""

    code = "no_calendar_token"
    default_message = (
        "Calendar token has not been generated for this user. "
        "Please use the POST /api2/me/calendar-token endpoint to generate a new calendar token."
    )


def stakes_key(*, principal: Principal) -> str:
    """Read the account's key for the stakes dialect; the first reading makes it.

    Raises NotForKeys, NotFound.
    """
    require_own_account(principal)
    User.objects.filter(pk=principal.user_id, stakes_key_generation=0).update(stakes_key_generation=1)
    return _text(_STAKES_PREFIX, principal.user_id, _generation(principal, "stakes_key_generation"))


def reset_stakes_key(*, principal: Principal) -> str:
    """Make a new key for the stakes dialect; the one before it is dead at once.

    Raises NotForKeys, NotFound.
    """
    return _reset(principal, _STAKES_PREFIX, "stakes_key_generation")


def calendar_token(*, principal: Principal) -> str:
    """Read the token of the account's calendar feed. Raises NoCalendarToken, NotForKeys, NotFound."""
    require_own_account(principal)
    generation = _generation(principal, "calendar_token_generation")
    if generation == 0:
        raise NoCalendarToken
    return _text(_CALENDAR_PREFIX, principal.user_id, generation)


def reset_calendar_token(*, principal: Principal) -> str:
    """Make a new token for the calendar feed; the address before it leads nowhere.

    Raises NotForKeys, NotFound.
    """
    return _reset(principal, _CALENDAR_PREFIX, "calendar_token_generation")


def check_stakes_key(text: str) -> Principal:
    """Say who calls with a stakes key: one statement, and a comparison in constant time.

    Raises BadCredential.
    """
    row = _checked(text, _STAKES_PREFIX)
    if row is None:
        raise BadCredential
    user_id, at = row
    return Principal(
        user_id=user_id,
        kind=STAKES_KEY,
        scopes=frozenset(),
        credential_id=None,
        organization_id=None,
        project_id=None,
        is_staff=False,
        at=at,
    )


def account_of_calendar_token(text: str) -> tuple[int, datetime]:
    """Find whose feed a token opens, with the database's clock. Raises NotFound, the same for every miss."""
    row = _checked(text, _CALENDAR_PREFIX)
    if row is None:
        raise NotFound
    return row


def _checked(text: str, prefix: str) -> tuple[int, datetime] | None:
    found = _SPELLING.fullmatch(text)
    if found is None or found[1] != prefix or int(found[2]) > _LARGEST_ID:
        return None
    row = _account_row.first(user_id=int(found[2]))
    if row is None:
        return None
    user_id, stakes_generation, calendar_generation, is_active, at = row
    generation = stakes_generation if prefix == _STAKES_PREFIX else calendar_generation
    is_right = is_derived_secret(found[3], _PURPOSE, prefix, user_id, generation)
    return (user_id, at) if is_right and is_active and generation > 0 else None


_account_row = CompiledQuery(
    lambda user_id: User.objects.filter(pk=user_id).values_list(
        "pk", "stakes_key_generation", "calendar_token_generation", "is_active", DatabaseNow()
    ),
    user_id=1,
)


def _generation(principal: Principal, column: str) -> int:
    generation: int | None = User.objects.filter(pk=principal.user_id).values_list(column, flat=True).first()
    if generation is None:
        raise NotFound
    return generation


def _reset(principal: Principal, prefix: str, column: str) -> str:
    require_own_account(principal)
    User.objects.filter(pk=principal.user_id).update(**{column: F(column) + 1})
    return _text(prefix, principal.user_id, _generation(principal, column))


def _text(prefix: str, user_id: int, generation: int) -> str:
    return f"{prefix}_{user_id}_{derived_secret(_PURPOSE, prefix, user_id, generation)}"
