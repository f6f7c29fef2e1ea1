"""Weeks, streaks and medians."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.rules.numbers import Streaks, medians_per_week, per_week, streaks, weeks_back

TODAY = date(2026, 3, 4)  # a Wednesday


def days(*back: int) -> list[date]:
    return [TODAY - timedelta(days=each) for each in back]


def test_weeks_begin_on_monday() -> None:
    assert weeks_back(TODAY, 3) == [date(2026, 2, 16), date(2026, 2, 23), date(2026, 3, 2)]


def test_days_are_added_up_to_weeks() -> None:
    counts = {date(2026, 3, 1): 2, date(2026, 3, 2): 3, date(2026, 3, 8): 4, date(2020, 1, 1): 9}

    assert per_week(counts, weeks_back(TODAY, 2)) == [2, 7]


@pytest.mark.parametrize(
    ("done", "found"),
    [
        ([], Streaks(0, 0)),
        (days(0), Streaks(1, 1)),
        (days(1, 2), Streaks(2, 2)),  # today is not over yet
        (days(2, 3, 4), Streaks(3, 0)),
        (days(0, 1, 5, 6, 7, 8), Streaks(4, 2)),
    ],
)
def test_streaks(done: list[date], found: Streaks) -> None:
    assert streaks(done, TODAY) == found


@given(st.sets(st.integers(0, 60)))
def test_a_streak_is_never_longer_than_the_longest(back: set[int]) -> None:
    found = streaks(days(*back), TODAY)

    assert 0 <= found.current <= found.longest <= len(back)


def test_the_middle_of_each_week() -> None:
    lengths = [(date(2026, 3, 2), 10.0), (date(2026, 3, 3), 30.0), (date(2026, 3, 4), 500.0)]

    assert medians_per_week(lengths, weeks_back(TODAY, 2)) == [None, 30.0]
