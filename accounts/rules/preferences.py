"""What preferences may say.

Which account prefers what is a row (models/preferences.py).
"""

from typing import Final

from tasktracker.core.errors import Invalid, Problem

DEFAULT_REMINDER_MINUTES: Final = 30
MOST_REMINDER_MINUTES: Final = 4 * 7 * 24 * 60


class BadReminder(Invalid):
    """The reminder comes after the deadline, or more than four weeks before it."""

    code = "bad_reminder"

    def __init__(self) -> None:
        detail = f"A reminder comes 0 to {MOST_REMINDER_MINUTES} minutes before."
        super().__init__(Problem("reminder_before_minutes", "out_of_range", detail))


def require_near_reminder(minutes: int) -> None:
    """Check how long before a deadline a reminder comes. Raises BadReminder."""
    if not 0 <= minutes <= MOST_REMINDER_MINUTES:
        raise BadReminder
