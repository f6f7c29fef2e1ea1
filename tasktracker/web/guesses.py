"""Counting what people try at the doors: sign-in, sign-up, reset and second factors.

The numbers are settings.TASKTRACKER_GUESS_LIMITS; counting happens in the database (accounts).
"""

from django.conf import settings
from django.http import HttpRequest

from accounts.operations.guesses import clear_guesses, count_guess
from tasktracker.core import clock
from tasktracker.http.addresses import client_address, limit_key


def count_attempt(request: HttpRequest, door: str, email: str) -> None:
    """Count a try at a door by the address it comes from and by the e-mail it is about.

    Call it before looking at what was tried. Raises TooManyGuesses.
    """
    _count(f"{door}.address", limit_key(client_address(request)))
    _count(f"{door}.email", email)


def forgive_attempts(door: str, email: str) -> None:
    """Forget the tries at one e-mail: the right person came. What an address tried stays counted."""
    clear_guesses(kind=f"{door}.email", subject=email)


def count_code(user_id: int) -> None:
    """Count a try at the second factor of an account. Raises TooManyGuesses."""
    _count("second_factor.account", str(user_id))


def forgive_codes(user_id: int) -> None:
    """Forget the tries at the second factor of an account."""
    clear_guesses(kind="second_factor.account", subject=str(user_id))


def _count(kind: str, subject: str) -> None:
    limit, seconds = settings.TASKTRACKER_GUESS_LIMITS[kind]
    count_guess(kind=kind, subject=subject, limit=limit, seconds=seconds, at=clock.now())
