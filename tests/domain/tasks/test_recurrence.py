"""When the next of a recurring to-do is due: the first slot in the future, at the same wall time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tasks.rules.recurrence import Pattern, Recurrence, next_due, recurrence_problems

BERLIN = ZoneInfo("Europe/Berlin")
DUE = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)  # 9:00 in Berlin, a Saturday
BEFORE = datetime(2026, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "interval", "expected"),
    [
        (Pattern.DAILY, 1, datetime(2026, 2, 1, 8, tzinfo=UTC)),
        (Pattern.DAILY, 365, datetime(2027, 1, 31, 8, tzinfo=UTC)),
        (Pattern.WEEKLY, 2, datetime(2026, 2, 14, 8, tzinfo=UTC)),
        (Pattern.MONTHLY, 1, datetime(2026, 2, 28, 8, tzinfo=UTC)),  # the last day
        (Pattern.MONTHLY, 2, datetime(2026, 3, 31, 7, tzinfo=UTC)),  # summer time: 9:00 all the same
        (Pattern.MONTHLY, 12, datetime(2027, 1, 31, 8, tzinfo=UTC)),
        (Pattern.YEARLY, 1, datetime(2027, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_one_step_after_the_last(pattern: Pattern, interval: int, expected: datetime) -> None:
    assert next_due(Recurrence(pattern, interval), due_at=DUE, zone=BERLIN, at=BEFORE) == expected


@pytest.mark.parametrize(
    ("pattern", "at", "expected"),
    [
        (Pattern.DAILY, datetime(2026, 2, 10, 7, 59, tzinfo=UTC), datetime(2026, 2, 10, 8, tzinfo=UTC)),
        (Pattern.DAILY, datetime(2026, 2, 10, 8, 0, tzinfo=UTC), datetime(2026, 2, 11, 8, tzinfo=UTC)),
        (Pattern.WEEKLY, datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 6, 7, tzinfo=UTC)),
        (Pattern.MONTHLY, datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 2, 29, 8, tzinfo=UTC)),
        (Pattern.YEARLY, datetime(2400, 1, 1, tzinfo=UTC), datetime(2400, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_a_pause_leaves_no_backlog(pattern: Pattern, at: datetime, expected: datetime) -> None:
    assert next_due(Recurrence(pattern), due_at=DUE, zone=BERLIN, at=at) == expected


def test_the_29th_of_february() -> None:
    leap = datetime(2028, 2, 29, 8, tzinfo=UTC)

    assert next_due(Recurrence(Pattern.YEARLY), due_at=leap, zone=BERLIN, at=BEFORE) == datetime(
        2029, 2, 28, 8, tzinfo=UTC
    )


def test_without_a_deadline_days_count_from_the_completion() -> None:
    late = datetime(2026, 1, 30, 23, 30, tzinfo=UTC)  # the 31st in Berlin

    due = next_due(Recurrence(Pattern.DAILY), due_at=None, zone=BERLIN, at=late)

    assert due == datetime(2026, 2, 1, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "is_over"), [(date(2026, 1, 31), True), (date(2026, 2, 1), False), (None, False)]
)
def test_the_end_is_a_day_that_still_counts(until: date | None, is_over: bool) -> None:
    recurrence = Recurrence(Pattern.DAILY, 1, until)

    assert (next_due(recurrence, due_at=DUE, zone=BERLIN, at=BEFORE) is None) == is_over


@pytest.mark.parametrize("pattern", list(Pattern))
def test_the_calendar_ends(pattern: Pattern) -> None:
    last = datetime(9999, 12, 30, 8, tzinfo=UTC)

    assert next_due(Recurrence(pattern, 365), due_at=last, zone=BERLIN, at=BEFORE) is None


@pytest.mark.parametrize(("interval", "count"), [(0, 1), (1, 0), (365, 0), (366, 1), (-1, 1)])
def test_the_interval_has_bounds(interval: int, count: int) -> None:
    assert len(list(recurrence_problems(Recurrence(Pattern.DAILY, interval)))) == count
