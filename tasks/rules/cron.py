"""Cron expressions of five fields, and the instants that they name in a time zone.

Minute, hour, day of month, month, day of week; `*`, lists, ranges, steps, names of months and days, 0 and 7
for Sunday. Where both days are given, either fits, as cron has it. No `@daily`, `L`, `W` or `#`.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tasks.rules.schedule import instant

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(\*|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:/([0-9]+))?", re.ASCII)
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 7, _DAYS),
)
_SUNDAY_TOO = 7
_SEARCHED_DAYS = 366 * 8 + 1  # from one 29 February to the next around 2100
_LONGEST_GAP = timedelta(hours=3)  # by which clocks are set forward at most


class BadCron(ValueError):
    """The text is not a cron expression, or names no day at all."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, read. weekdays: 0 is Sunday. is_either: one of the two days is enough."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    month_days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    is_either: bool

    def has(self, day: date) -> bool:
        """Tell whether it fires on this day."""
        if day.month not in self.months:
            return False
        by_month, by_week = day.day in self.month_days, day.isoweekday() % 7 in self.weekdays
        return by_month or by_week if self.is_either else by_month and by_week


def parse_cron(text: str) -> Cron:
    """Read a cron expression. Raises BadCron, also for days that never come (30 February)."""
    fields = text.lower().split()
    if len(fields) != len(_FIELDS):
        raise BadCron("A cron expression has five fields.")
    values = [_numbers(field, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True)]
    minutes, hours, month_days, months, weekdays = values
    cron = Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(month_days),
        frozenset(months),
        frozenset(number % _SUNDAY_TOO for number in weekdays),
        is_either=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )
    if not any(cron.has(date(2023, 1, 1) + timedelta(days=days)) for days in range(366 + 365)):
        raise BadCron("No day fits this cron expression.")
    return cron


def next_moment(cron: Cron, after: datetime, clock: ZoneInfo) -> datetime | None:
    """Find the first instant after `after` (aware) that a cron expression names; UTC.

    A local time that the clocks skip moves forward by as much as they do; a repeated one counts once, first.
    Source: README.md of the contract, "Recurrence". None = not within eight years.
    """
    wall = after.astimezone(clock).replace(tzinfo=None) - _LONGEST_GAP
    day, since = wall.date(), wall.time()
    for _ in range(_SEARCHED_DAYS):
        if cron.has(day):
            found = _first_of_day(cron, day, since, after, clock)
            if found is not None:
                return found
        day, since = day + timedelta(days=1), time.min
    return None


def _first_of_day(cron: Cron, day: date, since: time, after: datetime, clock: ZoneInfo) -> datetime | None:
    """Find the first instant of a day after `after`; times that were skipped may come after later ones."""
    late: list[datetime] = []
    for at in (time(hour, minute) for hour in cron.hours for minute in cron.minutes):
        if at < since.replace(second=0, microsecond=0):
            continue
        found = instant(day, at, clock)
        if found <= after:
            continue
        late.append(found)
        if found.astimezone(clock).replace(tzinfo=None) == datetime.combine(day, at):
            break
    return min(late, default=None)


def _numbers(field: str, low: int, high: int, names: tuple[str, ...]) -> set[int]:
    numbers: set[int] = set()
    for part in field.split(","):
        numbers |= set(_range(part, low, high, names))
    return numbers


def _range(part: str, low: int, high: int, names: tuple[str, ...]) -> range:
    found = _PART.fullmatch(part)
    if found is None:
        raise BadCron(f"“{part}” is not part of a cron expression.")
    whole, first, last, step = found.groups()
    if whole == "*":
        start, end = low, high
    else:
        start = _number(first, low, names)
        end = _number(last, low, names) if last else (high if step else start)
    size = int(step) if step else 1
    if not (low <= start <= end <= high) or size < 1:
        raise BadCron(f"“{part}” is out of range.")
    return range(start, end + 1, size)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text in names:
        return low + names.index(text)
    if not text.isdigit() or len(text) > 2:
        raise BadCron(f"“{text}” is not a number here.")
    return int(text)
