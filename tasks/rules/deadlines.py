"""The one deadline as people say it: a day, perhaps a time, in the owner's time zone.

What a stake makes of a deadline stands in binding.py. Source: README.md of the contract, "One deadline".
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from tasks.rules.limits import deadline_problems
from tasktracker.core.errors import Invalid
from tasktracker.core.unset import UNSET, Unset

END_OF_DAY: Final = time(23, 59, 59)  # when an all-day deadline has passed
_BEYOND = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    """A deadline of a task. at: aware, or None; is_all_day then says what the next one will be."""

    at: datetime | None = None
    is_all_day: bool = True


@dataclass(frozen=True)
class DueChange:
    """What a caller says about a deadline.

    day: None takes the deadline away. moment: aware, or naive in the owner's zone; it carries its own day and
    wins over `day`; None makes an all-day deadline of one with a time.
    """

    day: date | Unset | None = UNSET
    moment: datetime | Unset | None = UNSET
    is_all_day: bool | Unset = UNSET

    @property
    def is_empty(self) -> bool:
        return self == DueChange()


def changed_due(before: Due, change: DueChange, *, zone: ZoneInfo) -> Due:
    """Say what a deadline becomes. A day without a time is due at its end; another day keeps the time.

    Raises Invalid (beyond what a calendar has).
    """
    try:
        return _changed(before, change, zone)
    except OverflowError:
        raise Invalid(*deadline_problems(_BEYOND)) from None


def _changed(before: Due, change: DueChange, zone: ZoneInfo) -> Due:
    if isinstance(change.moment, datetime):
        return _with_moment(change.moment, change, zone)
    local = before.at.astimezone(zone) if before.at else None
    day = change.day if not isinstance(change.day, Unset) else local.date() if local else None
    is_all_day = _is_all_day(before, change)
    if day is None:
        return Due(None, is_all_day)
    if local is None or (is_all_day and not (before.is_all_day and day == local.date())):
        return Due(_instant(day, END_OF_DAY, zone), is_all_day)
    return Due(before.at if day == local.date() else _instant(day, local.time(), zone), is_all_day)


def _with_moment(moment: datetime, change: DueChange, zone: ZoneInfo) -> Due:
    local = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    if not change.is_all_day:
        return Due(local.astimezone(UTC), is_all_day=False)
    day = change.day if isinstance(change.day, date) else local.date()
    return Due(_instant(day, END_OF_DAY, zone), is_all_day=True)


def _is_all_day(before: Due, change: DueChange) -> bool:
    if not isinstance(change.is_all_day, Unset):
        return change.is_all_day
    is_time_lost = change.moment is None or change.day is None
    return is_time_lost or before.at is None or before.is_all_day


def _instant(day: date, at_time: time, zone: ZoneInfo) -> datetime:
    """Find the instant of a wall time: a skipped one moves forward, of a repeated one the first is meant."""
    return datetime.combine(day, at_time.replace(fold=0), zone).astimezone(UTC)
