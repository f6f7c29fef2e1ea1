"""What is refused in a plan before it can become a schedule.

When valid plans fire is in test_schedule.py.
"""

from dataclasses import replace
from datetime import UTC, date, time
from typing import Any

import pytest

from tasks.rules.schedule import LAST, Frequency, Plan, validate
from tasktracker.core.errors import Problem

BARE = Plan(
    frequency=Frequency.DAILY,
    interval=1,
    time_of_day=time(9, 0),
    time_zone="Europe/Berlin",
    anchor_date=date(2026, 1, 1),
)

FIELDS: dict[Frequency, dict[str, Any]] = {
    Frequency.DAILY: {},
    Frequency.EVERY_N_DAYS: {},
    Frequency.WEEKLY: {"weekday": 0},
    Frequency.MONTHLY_BY_DAY: {"month_day": 31},
    Frequency.MONTHLY_BY_WEEKDAY: {"weekday": 6, "nth": LAST},
}

FIFTH = {"frequency": Frequency.MONTHLY_BY_WEEKDAY, "weekday": 6}


@pytest.mark.parametrize("frequency", Frequency)
def test_a_plan_with_exactly_its_fields_is_valid(frequency: Frequency) -> None:
    schedule = replace(BARE, frequency=frequency, **FIELDS[frequency])

    assert validate(schedule) == ()
    assert validate(replace(schedule, end_date=BARE.anchor_date, run_limit=1, interval=1000)) == ()


@pytest.mark.parametrize("frequency", Frequency)
def test_only_the_fields_of_its_frequency_may_be_set_and_all_must(frequency: Frequency) -> None:
    schedule = replace(BARE, frequency=frequency)
    chosen: dict[str, Any] = {"weekday": 1, "month_day": 1, "nth": 1}

    missing = [(problem.field, problem.code) for problem in validate(schedule)]
    surplus = [(problem.field, problem.code) for problem in validate(replace(schedule, **chosen))]

    assert missing == [(field, "required") for field in FIELDS[frequency]]
    assert surplus == [(field, "not_allowed") for field in chosen if field not in FIELDS[frequency]]


def test_the_sentences_name_the_frequency() -> None:
    schedule = replace(BARE, frequency=Frequency.WEEKLY, nth=1)

    assert validate(schedule) == (
        Problem("weekday", "required", "This is required when the frequency is weekly."),
        Problem("nth", "not_allowed", "This is not allowed when the frequency is weekly."),
    )


@pytest.mark.parametrize(
    ("fields", "code", "detail"),
    [
        ({"interval": 0}, "min_value", "This must be 1 or more."),
        ({"interval": 1001}, "max_value", "This must be 1000 or less."),
        ({"weekday": -1, "frequency": Frequency.WEEKLY}, "min_value", "This must be 0 or more."),
        ({"weekday": 7, "frequency": Frequency.WEEKLY}, "max_value", "This must be 6 or less."),
        ({"month_day": 0, "frequency": Frequency.MONTHLY_BY_DAY}, "min_value", "This must be 1 or more."),
        ({"month_day": 32, "frequency": Frequency.MONTHLY_BY_DAY}, "max_value", "This must be 31 or less."),
        ({"nth": 0, **FIFTH}, "min_value", "This must be 1 or more."),
        ({"nth": -2, **FIFTH}, "min_value", "This must be 1 or more."),
        ({"nth": 6, **FIFTH}, "max_value", "This must be 5 or less."),
        ({"run_limit": 0}, "min_value", "This must be 1 or more."),
        ({"run_limit": 1_000_001}, "max_value", "This must be 1000000 or less."),
        ({"time_zone": "localtime"}, "unknown_zone", "This is not a known time zone."),
        ({"time_zone": "../etc/passwd"}, "unknown_zone", "This is not a known time zone."),
        ({"time_of_day": time(9, 0, 30)}, "invalid", "This must be a local time in whole minutes, HH:MM."),
        (
            {"time_of_day": time(9, tzinfo=UTC)},
            "invalid",
            "This must be a local time in whole minutes, HH:MM.",
        ),
        ({"anchor_date": date(1969, 12, 31)}, "invalid", "This must be from 1970-01-01 to 9999-12-30."),
        ({"anchor_date": date.max}, "invalid", "This must be from 1970-01-01 to 9999-12-30."),
        ({"end_date": date(2025, 12, 31)}, "before_start", "This must not be before the first day."),
    ],
)
def test_a_value_out_of_range_is_the_only_problem(fields: dict[str, Any], code: str, detail: str) -> None:
    field = next(iter(fields))

    assert validate(replace(BARE, **fields)) == (Problem(field, code, detail),)


def test_all_problems_are_listed_at_once() -> None:
    schedule = replace(BARE, frequency=Frequency.WEEKLY, interval=0, time_zone="", month_day=40)

    fields = [problem.field for problem in validate(schedule)]

    assert fields == ["weekday", "month_day", "interval", "month_day", "time_zone"]
