"""When a stake comes back: some days or calendar months after its last deadline, never as a backlog."""

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from tasks.rules.recurrence import Pattern, later
from tasks.rules.schedule import instant


def next_due(*, last_due_at: datetime, days: int, at: datetime) -> datetime:
    """Return the first slot after `at`, counted in whole steps of `days` from the last deadline.

    A day is 86,400 seconds: stakes are instants, not wall times (stakes.md, "Recurrence").
    """
    step = timedelta(days=days)
    passed = max(0, (at - last_due_at) // step)
    return last_due_at + (passed + 1) * step


def next_month_due(
    *, last_due_at: datetime, months: int, month_day: int, zone: ZoneInfo, at: datetime
) -> datetime:
    """Return the first slot after `at`, in whole steps of `months` from the last deadline's month.

    The same wall time in `zone`, on day `month_day`; in a shorter month on its last day.
    """
    last = last_due_at.astimezone(zone)
    for steps in count(1):
        day = later(last.date(), Pattern.MONTHLY, steps * months, day_of_month=month_day)
        due = instant(day, last.time(), zone)
        if due > at:
            return due
    raise AssertionError  # count() has no end
