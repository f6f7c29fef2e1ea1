"""When a monitor expects the next run: every so many seconds after the last one, or by cron.

Rows, mails and the clock do not belong here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tasks.rules.cron import BadCron, next_moment, parse_cron
from tasktracker.core.errors import Problem
from tasktracker.core.zones import allowed_zones, zone

MAX_CRON = 100
MAX_INTERVAL_SECONDS = 366 * 24 * 3600
MAX_GRACE_SECONDS = 30 * 24 * 3600


class MonitorKind(StrEnum):
    """How a monitor's runs repeat."""

    INTERVAL = "interval"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A monitor's plan as its user wrote it. interval_seconds: for INTERVAL; cron, time_zone: for CRON."""

    kind: str
    interval_seconds: int | None = None
    cron: str = ""
    time_zone: str = "UTC"
    grace_seconds: int = 60


def expected_after(rhythm: Rhythm, at: datetime) -> datetime | None:
    """Say when the next run is to check in after one that came at `at`; None = never again.

    A run that came covers the moment before it: one at 02:00:07 is that of 02:00.
    """
    if rhythm.kind == MonitorKind.INTERVAL:
        return at + timedelta(seconds=rhythm.interval_seconds or 0)
    return next_moment(parse_cron(rhythm.cron), at.astimezone(UTC), zone(rhythm.time_zone))


def rhythm_problems(rhythm: Rhythm) -> Iterator[Problem]:
    """List what is wrong with a monitor's plan."""
    if rhythm.kind == MonitorKind.INTERVAL:
        yield from _between("interval_seconds", rhythm.interval_seconds, 1, MAX_INTERVAL_SECONDS)
    elif rhythm.kind == MonitorKind.CRON:
        yield from _cron_problems(rhythm)
    else:
        yield Problem("kind", "invalid_choice", "The kind is interval or cron.")
    yield from _between("grace_seconds", rhythm.grace_seconds, 0, MAX_GRACE_SECONDS)


def _between(field: str, value: int | None, low: int, high: int) -> Iterator[Problem]:
    if value is None:
        yield Problem(field, "required", "This field is required.")
    elif value < low:
        yield Problem(field, "min_value", f"Ensure this value is greater than or equal to {low}.")
    elif value > high:
        yield Problem(field, "max_value", f"Ensure this value is less than or equal to {high}.")


def _cron_problems(rhythm: Rhythm) -> Iterator[Problem]:
    if rhythm.time_zone not in allowed_zones():
        yield Problem("time_zone", "unknown_zone", "This is not a known time zone.")
    if len(rhythm.cron) > MAX_CRON:
        yield Problem("cron", "max_length", f"Ensure this field has no more than {MAX_CRON} characters.")
        return
    try:
        parse_cron(rhythm.cron)
    except BadCron as bad:
        yield Problem("cron", "invalid", str(bad))
