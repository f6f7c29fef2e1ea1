"""What days and lengths of time say when they are put together: weeks, streaks, medians. Pure.

Which days count is decided in charges/queries/numbers.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Streaks:
    """Days in a row on which something was completed. current: up to today, or to yesterday."""

    longest: int
    current: int


def monday_of(day: date) -> date:
    """Find the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_back(today: date, count: int) -> Sequence[date]:
    """List the Mondays of the last weeks, oldest first, this week's last."""
    return [monday_of(today) - _WEEK * back for back in reversed(range(count))]


def per_week(counts: Mapping[date, int], weeks: Sequence[date]) -> list[int]:
    """Add what was counted on single days up to whole weeks. weeks: Mondays."""
    found: defaultdict[date, int] = defaultdict(int)
    for day, count in counts.items():
        found[monday_of(day)] += count
    return [found[week] for week in weeks]


def streaks(days: Iterable[date], today: date) -> Streaks:
    """Find the longest run of days, and the one that still goes on."""
    done = set(days)
    longest = 0
    for day in done:
        if day - _DAY not in done:  # a first one
            longest = max(longest, _run(done, day, _DAY))
    last = today if today in done else today - _DAY
    return Streaks(longest, _run(done, last, -_DAY))


def _run(done: set[date], day: date, step: timedelta) -> int:
    length = 0
    while day in done:
        length, day = length + 1, day + step
    return length


def medians_per_week(lengths: Iterable[tuple[date, float]], weeks: Sequence[date]) -> list[float | None]:
    """Find the middle length of each week; None where there is none. lengths: each with its day."""
    found: defaultdict[date, list[float]] = defaultdict(list)
    for day, length in lengths:
        found[monday_of(day)].append(length)
    return [median(found[week]) if week in found else None for week in weeks]
