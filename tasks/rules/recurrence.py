"""How a to-do comes again once it is completed: each completion makes the next one.

Schedules, which fire by themselves, are schedule.py. Source: todo.md B.3, "Later".
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from tasks.rules.deadlines import END_OF_DAY
from tasktracker.core.errors import Problem

MAX_RECURRENCE_INTERVAL: Final = 365


class Pattern(StrEnum):
    """The step from one to the next."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


_MOST_DAYS = {Pattern.DAILY: 1, Pattern.WEEKLY: 7, Pattern.MONTHLY: 31, Pattern.YEARLY: 366}


@dataclass(frozen=True)
class Recurrence:
    """Every `interval` days, weeks, months or years, up to and with the day `until`."""

    pattern: Pattern
    interval: int = 1
    until: date | None = None


def recurrence_problems(recurrence: Recurrence) -> Iterator[Problem]:
    """List what is wrong with a recurrence."""
    if not 1 <= recurrence.interval <= MAX_RECURRENCE_INTERVAL:
        yield Problem("interval", "out_of_range", f"This must be from 1 to {MAX_RECURRENCE_INTERVAL}.")


def next_due(
    recurrence: Recurrence, *, due_at: datetime | None, zone: ZoneInfo, at: datetime
) -> datetime | None:
    """Find when the next one is due: the first slot in the future, at the same wall time; None = never again.

    due_at: of the one that was completed; without a deadline the days count from the completion.
    A day of the month beyond its end becomes the last day.
    """
    last = due_at.astimezone(zone) if due_at else datetime.combine(at.astimezone(zone), END_OF_DAY, zone)
    passed = max(0, (at.astimezone(zone).date() - last.date()).days)
    first = max(1, passed // (_MOST_DAYS[recurrence.pattern] * recurrence.interval))
    for steps in count(first):
        try:
            day = later(last.date(), recurrence.pattern, steps * recurrence.interval)
        except (OverflowError, ValueError):
            return None  # beyond the year 9999
        due = datetime.combine(day, last.time(), zone).astimezone(UTC)
        if due > at:
            return None if recurrence.until and day > recurrence.until else due
    raise AssertionError  # count() has no end


def later(day: date, pattern: Pattern, steps: int, *, day_of_month: int | None = None) -> date:
    """Go so many days, weeks, months or years on; a day of the month beyond its end becomes the last day.

    day_of_month: the day to aim at, where `day` itself may have been moved to the end of a short month.
    Raises OverflowError, ValueError beyond the year 9999.
    """
    if pattern in {Pattern.DAILY, Pattern.WEEKLY}:
        return day + timedelta(days=steps * _MOST_DAYS[pattern])
    months = day.month - 1 + steps * (12 if pattern is Pattern.YEARLY else 1)
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day_of_month or day.day, calendar.monthrange(year, month)[1]))
