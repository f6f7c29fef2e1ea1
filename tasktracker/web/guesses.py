"""Counting what people try at the pages' doors: sign-in, sign-up, reset and second factors.

The counting itself is accounts.operations.guesses.
"""

from django.http import HttpRequest

from accounts.operations import guesses
from tasktracker.core import clock
from tasktracker.http.addresses import client_address, limit_key


def count_attempt(request: HttpRequest, door: str, email: str) -> None:
    """Count a try at a door by the address it comes from and by the e-mail it is about.

    Call it before looking at what was tried. Raises TooManyGuesses.
    """
    guesses.count_attempt(door=door, email=email, address=_address(request), at=clock.now())


def forgive_attempts(request: HttpRequest, door: str, email: str) -> None:
    """Forget the tries at one e-mail: the right person came. Of the address, only this try is forgotten."""
    guesses.forgive_attempts(door=door, email=email, address=_address(request))


def count_code(user_id: int) -> None:
    """Count a try at the second factor of an account. Raises TooManyGuesses."""
    guesses.count_second_factor(user_id=user_id, at=clock.now())


def forgive_codes(user_id: int) -> None:
    """Forget the tries at the second factor of an account."""
    guesses.forgive_second_factors(user_id=user_id)


def _address(request: HttpRequest) -> str:
    return limit_key(client_address(request))
