"""How much money, and how many characters: one place for the checks of input and of the database.

What the caps of a month are is each account's own choice (operations/limits.py).
"""

from collections.abc import Iterator
from typing import Final

from tasks.rules.limits import MAX_STAKE_CENTS, MIN_STAKE_CENTS
from tasktracker.core.errors import Problem

MIN_CHARGE_CENTS: Final = 100
MAX_CHARGE_CENTS: Final = 99_999_999
MAX_LIMIT_CENTS: Final = 2**53 - 1  # what every JSON reader can hold exactly
MAX_NOTE: Final = 500
MAX_REQUEST_ID: Final = 255
MAX_DAYS: Final = 3650
MAX_MONTHS: Final = 120
DEFAULT_CHARGE_LIMIT_CENTS: Final = 10_000
CURRENCY: Final = "usd"


def stake_problems(stake_cents: int, *, field: str = "stake_cents") -> Iterator[Problem]:
    """List what is wrong with a stake."""
    yield from _range_problems(field, stake_cents, MIN_STAKE_CENTS, MAX_STAKE_CENTS)


def charge_problems(cents: int) -> Iterator[Problem]:
    """List what is wrong with the amount of a charge."""
    yield from _range_problems("cents", cents, MIN_CHARGE_CENTS, MAX_CHARGE_CENTS)


def limit_problems(field: str, cents: int | None) -> Iterator[Problem]:
    """List what is wrong with a monthly cap; None lifts it."""
    if cents is not None:
        yield from _range_problems(field, cents, 0, MAX_LIMIT_CENTS)


def days_problems(days: int | None) -> Iterator[Problem]:
    """List what is wrong with the days between recurrences."""
    if days is not None:
        yield from _range_problems("recurrence_days", days, 1, MAX_DAYS)


def months_problems(months: int | None) -> Iterator[Problem]:
    """List what is wrong with the calendar months between recurrences."""
    if months is not None:
        yield from _range_problems("recurrence_months", months, 1, MAX_MONTHS)


def _range_problems(field: str, value: int, least: int, most: int) -> Iterator[Problem]:
    if value < least:
        yield Problem(field, "min_value", f"This must be {least} or more.")
    if value > most:
        yield Problem(field, "max_value", f"This must be {most} or less.")
