"""Opening a calendar feed by its address: whose it is, and how often anybody may guess (P28).

Making the token is derived_keys.py.
"""

from datetime import datetime

from django.conf import settings

from accounts.operations.derived_keys import account_of_calendar_token
from accounts.operations.guesses import count_guess, require_guesses_left
from tasktracker.core.errors import NotFound

_KIND = "calendar.address"


def owner_of_feed(*, token: str, address: str, at: datetime) -> int:
    """Find the account whose feed a token opens. Only wrong tokens count, by the address they come from.

    Raises NotFound (the same for every miss), TooManyGuesses.
    """
    limit, seconds = settings.TASKTRACKER_GUESS_LIMITS[_KIND]
    require_guesses_left(kind=_KIND, subject=address, limit=limit, at=at)
    try:
        user_id, _ = account_of_calendar_token(token)
    except NotFound:
        count_guess(kind=_KIND, subject=address, limit=limit, seconds=seconds, at=at)
        raise
    return user_id
