"""When a schedule fires: the plan a user wrote, and the instants that follow from it.

Rows, run limits and the clock do not belong here; operations count, and pass instants down.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tasktracker.core.errors import Problem
from tasktracker.core.zones import allowed_zones, zone

LAST = -1  # the `nth` that means "the last one of the month"
MAX_INTERVAL = 1000
MAX_RUN_LIMIT = 1_000_000

# Instants outside these bounds exist in no dialect (reliability.md 4.9: 0 < epoch <= 253402214400).
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1)
_LAST_DAY = date(9999, 12, 30)


class Frequency(StrEnum):
    """How the days of a plan repeat. DAILY and EVERY_N_DAYS are two names of one arithmetic."""

    DAILY = "daily"
    WEEKLY = "weekly"
    EVERY_N_DAYS = "every_n_days"
    MONTHLY_BY_DAY = "monthly_by_day"
    MONTHLY_BY_WEEKDAY = "monthly_by_weekday"


@dataclass(frozen=True)
class Plan:
    """A schedule as its user wrote it, in local wall time.

    interval: every so many days, weeks or months, counted from anchor_date, from the Monday of its
    week, or from its month.  anchor_date: local; nothing fires before it.
    weekday: 0 Monday to 6.  month_day: beyond the end of a month it is the last day.
    nth: 1 to 5, or LAST; a month without a fifth one is passed over.
    end_date: local, inclusive.  run_limit: for the operation that counts; not looked at here.
    """

    frequency: Frequency
    interval: int
    time_of_day: time
    time_zone: str
    anchor_date: date
    weekday: int | None = None
    month_day: int | None = None
    nth: int | None = None
    end_date: date | None = None
    run_limit: int | None = None


def slots(plan: Plan, after: datetime) -> Iterator[datetime]:
    """List the instants (aware, UTC) at which a valid plan fires, strictly after `after`, ascending.

    Lazy, and as quick for `after` in fifty years as for today. A local time that the clocks skip
    moves forward by as much as they do, even into the next day; a repeated one fires the first
    time. The plan's day, not the day it moved to, is held against anchor_date and end_date. Where a
    whole local day is skipped (Pacific/Apia 2011-12-30) two days can mean one instant: it fires once.
    Source: triggers.md C.1; reliability.md 4.9.
    """
    if after >= _LATEST:
        return
    clock = zone(plan.time_zone)
    latest = max(after, _EARLIEST)
    # A moved slot can fire one local day after the day it is planned for.
    since = latest.astimezone(clock).date() - timedelta(days=1)
    for day in _days(plan, since):
        slot = instant(day, plan.time_of_day, clock)
        if latest < slot <= _LATEST:
            yield slot
            latest = slot


def next_slot(plan: Plan, after: datetime) -> datetime | None:
    """Find the first instant strictly after `after` at which a valid plan fires; None = never again."""
    return next(slots(plan, after), None)


def catch_up(plan: Plan, *, due: datetime, at: datetime) -> tuple[datetime, datetime | None]:
    """Settle a slot that is due, however late: one occurrence, never a backlog.

    due: the first slot that was missed.  at: now.
    Returns the time to stamp on the occurrence (always `due`) and the next slot in the future.
    Source: triggers.md C.1, NS-15.
    """
    return due, next_slot(plan, max(due, at))


def instant(day: date, time_of_day: time, clock: ZoneInfo) -> datetime:
    """Turn a local wall time into the instant (UTC) that is meant by it."""
    # fold=0 is the offset before a change: the first of a repeated time, and past the gap of a
    # skipped one by the gap's length (PEP 495).
    return datetime.combine(day, time_of_day.replace(fold=0), clock).astimezone(UTC)


def _days(plan: Plan, since: date) -> Iterator[date]:
    """List the plan's local days from about `since` (a few may be earlier) to its end."""
    end = min(plan.end_date or _LAST_DAY, _LAST_DAY)
    for day in _repeated(plan, since):
        if day > end:
            return
        if day >= plan.anchor_date:
            yield day


def _repeated(plan: Plan, since: date) -> Iterator[date]:
    match plan.frequency:
        case Frequency.DAILY | Frequency.EVERY_N_DAYS:
            return _every(plan.anchor_date, plan.interval, since)
        case Frequency.WEEKLY:
            monday = plan.anchor_date - timedelta(days=plan.anchor_date.weekday())
            first = monday + timedelta(days=_chosen(plan.weekday))
            return _every(first, 7 * plan.interval, since)
        case Frequency.MONTHLY_BY_DAY:
            return _month_days(plan, since)
        case Frequency.MONTHLY_BY_WEEKDAY:
            return _month_weekdays(plan, since)


def _every(first: date, step: int, since: date) -> Iterator[date]:
    start = _jump(first.toordinal(), step, since.toordinal())
    return map(date.fromordinal, range(start, _LAST_DAY.toordinal() + 1, step))


def _month_days(plan: Plan, since: date) -> Iterator[date]:
    wanted = _chosen(plan.month_day)
    for year, month in _months(plan, since):
        yield date(year, month, min(wanted, monthrange(year, month)[1]))


def _month_weekdays(plan: Plan, since: date) -> Iterator[date]:
    weekday, nth = _chosen(plan.weekday), _chosen(plan.nth)
    for year, month in _months(plan, since):
        first_weekday, length = monthrange(year, month)
        first = 1 + (weekday - first_weekday) % 7
        day = first + 7 * ((length - first) // 7 if nth == LAST else nth - 1)
        if day <= length:
            yield date(year, month, day)


def _months(plan: Plan, since: date) -> Iterator[tuple[int, int]]:
    start = _jump(_month_number(plan.anchor_date), plan.interval, _month_number(since))
    for number in range(start, _month_number(_LAST_DAY) + 1, plan.interval):
        yield number // 12, number % 12 + 1


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _jump(first: int, step: int, since: int) -> int:
    """Go from `first` in whole steps as far as possible without passing `since`."""
    return first + max(0, since - first) // step * step


def _chosen(value: int | None) -> int:
    if value is None:
        raise ValueError("This plan was never validated: a field of its frequency is missing.")
    return value


_FIELDS: dict[Frequency, frozenset[str]] = {
    Frequency.DAILY: frozenset(),
    Frequency.EVERY_N_DAYS: frozenset(),
    Frequency.WEEKLY: frozenset({"weekday"}),
    Frequency.MONTHLY_BY_DAY: frozenset({"month_day"}),
    Frequency.MONTHLY_BY_WEEKDAY: frozenset({"weekday", "nth"}),
}


def validate(plan: Plan) -> tuple[Problem, ...]:
    """List what is wrong with a plan; empty when it can be given to slots().

    Only the fields of its frequency may be set, and all of them must be.
    Source: internal.md, Schedule shape.
    """
    return (
        *_field_problems(plan),
        *_range_problems(plan),
        *_time_problems(plan),
        *_day_problems(plan),
    )


def _field_problems(plan: Plan) -> Iterator[Problem]:
    chosen = {"weekday": plan.weekday, "month_day": plan.month_day, "nth": plan.nth}
    needed = _FIELDS[plan.frequency]
    for field, value in chosen.items():
        if field in needed and value is None:
            yield Problem(field, "required", f"This is required when the frequency is {plan.frequency}.")
        if field not in needed and value is not None:
            yield Problem(
                field, "not_allowed", f"This is not allowed when the frequency is {plan.frequency}."
            )


def _range_problems(plan: Plan) -> Iterator[Problem]:
    yield from _between("interval", plan.interval, 1, MAX_INTERVAL)
    yield from _between("weekday", plan.weekday, 0, 6)
    yield from _between("month_day", plan.month_day, 1, 31)
    yield from _between("run_limit", plan.run_limit, 1, MAX_RUN_LIMIT)
    if plan.nth != LAST:
        yield from _between("nth", plan.nth, 1, 5)


def _between(field: str, value: int | None, low: int, high: int) -> Iterator[Problem]:
    if value is not None and value < low:
        yield Problem(field, "min_value", f"This must be {low} or more.")
    if value is not None and value > high:
        yield Problem(field, "max_value", f"This must be {high} or less.")


def _time_problems(plan: Plan) -> Iterator[Problem]:
    if plan.time_zone not in allowed_zones():
        yield Problem("time_zone", "unknown_zone", "This is not a known time zone.")
    if plan.time_of_day != time(plan.time_of_day.hour, plan.time_of_day.minute):
        yield Problem("time_of_day", "invalid", "This must be a local time in whole minutes, HH:MM.")


def _day_problems(plan: Plan) -> Iterator[Problem]:
    if not _FIRST_DAY <= plan.anchor_date <= _LAST_DAY:
        yield Problem("anchor_date", "invalid", f"This must be from {_FIRST_DAY} to {_LAST_DAY}.")
    if plan.end_date is not None and plan.end_date < plan.anchor_date:
        yield Problem("end_date", "before_start", "This must not be before the first day.")
