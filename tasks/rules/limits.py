"""How large the values of tasks may be: one place for the checks of input and of the database.

A dialect's own, tighter limits stand in its shapes.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from tasktracker.core.errors import Problem

MAX_TITLE = 500  # ruling "One title"
MAX_DESCRIPTION = 256 * 1024
MIN_STAKE_CENTS = 100
MAX_STAKE_CENTS = 99_999_999
MAX_COOLDOWN_SECONDS = 365 * 24 * 3600

# reliability.md 4.9: 0 < epoch <= 253402214400
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)


def text_problems(field: str, text: str, longest: int) -> Iterator[Problem]:
    """List what keeps a text from being stored and read again on every database.

    NUL is refused by PostgreSQL only, a lone surrogate breaks every later list (reliability.md M8, M9).
    """
    if len(text) > longest:
        yield Problem(field, "max_length", f"Ensure this has no more than {longest} characters.")
    if "\x00" in text:
        yield Problem(field, "null_characters_not_allowed", "Null characters are not allowed.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield Problem(field, "surrogate_characters_not_allowed", "Surrogate characters are not allowed.")


def deadline_problems(due_at: datetime | None) -> Iterator[Problem]:
    """List what is wrong with a deadline (aware)."""
    if due_at is not None and not _EARLIEST < due_at <= _LATEST:
        yield Problem("due_at", "out_of_range", "This must be between the years 1970 and 9999.")


def cooldown_problems(seconds: int | None) -> Iterator[Problem]:
    """List what is wrong with a notification cooldown."""
    field = "notification_cooldown_seconds"
    if seconds is not None and seconds < 1:
        yield Problem(field, "min_value", "This must be 1 or more.")
    if seconds is not None and seconds > MAX_COOLDOWN_SECONDS:
        yield Problem(field, "max_value", f"This must be {MAX_COOLDOWN_SECONDS} or less.")
