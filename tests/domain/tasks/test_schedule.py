"""When schedules fire: tables for each frequency, the clock changes of many zones, catch-up.

Occurrences, run limits and the scheduler's job are tested with their operations.
"""

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any

import pytest

from tasks.rules.schedule import LAST, Frequency, Plan, catch_up, next_slot, slots

FREQUENCY_FIELDS: dict[Frequency, dict[str, Any]] = {
    Frequency.DAILY: {},
    Frequency.EVERY_N_DAYS: {},
    Frequency.WEEKLY: {"weekday": 0},
    Frequency.MONTHLY_BY_DAY: {"month_day": 31},
    Frequency.MONTHLY_BY_WEEKDAY: {"weekday": 4, "nth": LAST},
}


def plan(frequency: str = "daily", *, anchor: str = "2026-01-01", at: str = "09:00", **fields: Any) -> Plan:
    return Plan(
        frequency=Frequency(frequency),
        interval=fields.pop("interval", 1),
        time_of_day=time.fromisoformat(at),
        time_zone=fields.pop("zone", "UTC"),
        anchor_date=date.fromisoformat(anchor),
        end_date=date.fromisoformat(fields.pop("end")) if "end" in fields else None,
        **fields,
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first_slots(schedule: Plan, count: int, after: str = "1970-01-01") -> list[str]:
    """Write slots as the tables do: minutes, UTC."""
    return [f"{slot:%Y-%m-%d %H:%M}" for slot in islice(slots(schedule, utc(after)), count)]


def first_days(schedule: Plan, count: int, after: str = "1970-01-01") -> list[str]:
    return [slot[:10] for slot in first_slots(schedule, count, after)]


# Frequencies


@pytest.mark.parametrize("frequency", ["daily", "every_n_days"])
@pytest.mark.parametrize(
    ("interval", "after", "days"),
    [
        (1, "2025-06-01", ["2026-01-01", "2026-01-02", "2026-01-03"]),
        (1, "2026-02-27 09:00", ["2026-02-28", "2026-03-01", "2026-03-02"]),
        (3, "2026-01-01 08:59", ["2026-01-01", "2026-01-04", "2026-01-07"]),
        (3, "2026-01-01 09:00", ["2026-01-04", "2026-01-07", "2026-01-10"]),
        (3, "2076-01-01", ["2076-01-03", "2076-01-06", "2076-01-09"]),
        (1000, "2026-01-02", ["2028-09-27", "2031-06-24", "2034-03-20"]),
    ],
)
def test_days_are_counted_from_the_anchor(frequency: str, interval: int, after: str, days: list[str]) -> None:
    assert first_days(plan(frequency, interval=interval), 3, after) == days


@pytest.mark.parametrize(
    ("anchor", "interval", "weekday", "days"),
    [
        pytest.param("2026-01-05", 2, 0, ["2026-01-05", "2026-01-19", "2026-02-02"], id="NS-18"),
        pytest.param("2026-01-05", 1, 6, ["2026-01-11", "2026-01-18", "2026-01-25"], id="Sunday ends it"),
        # From a Wednesday: that week's Monday has passed, its Friday has not.
        pytest.param("2026-01-07", 2, 0, ["2026-01-19", "2026-02-02", "2026-02-16"], id="passed"),
        pytest.param("2026-01-07", 2, 4, ["2026-01-09", "2026-01-23", "2026-02-06"], id="to come"),
        pytest.param("2026-12-31", 2, 6, ["2027-01-03", "2027-01-17", "2027-01-31"], id="new year"),
        pytest.param("2024-02-29", 52, 3, ["2024-02-29", "2025-02-27", "2026-02-26"], id="52 weeks"),
    ],
)
def test_weeks_are_counted_from_the_anchors_week(
    anchor: str, interval: int, weekday: int, days: list[str]
) -> None:
    schedule = plan("weekly", anchor=anchor, interval=interval, weekday=weekday)

    assert first_days(schedule, 3) == days


@pytest.mark.parametrize(
    ("anchor", "interval", "month_day", "days"),
    [
        pytest.param("2026-01-31", 1, 31, ["2026-01-31", "2026-02-28", "2026-03-31"], id="NS-18"),
        pytest.param("2024-02-01", 1, 31, ["2024-02-29", "2024-03-31", "2024-04-30"], id="leap year"),
        pytest.param("2100-01-30", 1, 30, ["2100-01-30", "2100-02-28", "2100-03-30"], id="2100 is not"),
        pytest.param("2000-02-01", 12, 29, ["2000-02-29", "2001-02-28", "2002-02-28"], id="29 February"),
        pytest.param("2026-11-15", 3, 10, ["2027-02-10", "2027-05-10", "2027-08-10"], id="10th has passed"),
        pytest.param("2026-11-30", 3, 31, ["2026-11-30", "2027-02-28", "2027-05-31"], id="anchored at end"),
        pytest.param("2026-12-05", 1000, 5, ["2026-12-05", "2110-04-05", "2193-08-05"], id="1000 months"),
    ],
)
def test_a_month_day_is_held_to_the_months_end(
    anchor: str, interval: int, month_day: int, days: list[str]
) -> None:
    schedule = plan("monthly_by_day", anchor=anchor, interval=interval, month_day=month_day)

    assert first_days(schedule, 3) == days


@pytest.mark.parametrize(
    ("anchor", "interval", "nth", "weekday", "days"),
    [
        pytest.param("2026-01-01", 1, LAST, 4, ["2026-01-30", "2026-02-27", "2026-03-27"], id="NS-18"),
        pytest.param("2024-02-01", 1, LAST, 4, ["2024-02-23", "2024-03-29", "2024-04-26"], id="leap year"),
        pytest.param("2026-01-01", 1, 1, 3, ["2026-01-01", "2026-02-05", "2026-03-05"], id="first Thursday"),
        pytest.param("2026-01-02", 1, 1, 3, ["2026-02-05", "2026-03-05", "2026-04-02"], id="it has passed"),
        pytest.param("2026-01-01", 2, 4, 6, ["2026-01-25", "2026-03-22", "2026-05-24"], id="4th Sunday"),
        pytest.param("2026-01-01", 1, 5, 4, ["2026-01-30", "2026-05-29", "2026-07-31"], id="only some 5ths"),
        pytest.param("2026-02-01", 12, 5, 0, ["2044-02-29", "2072-02-29", "2112-02-29"], id="rare 5ths"),
    ],
)
def test_a_weekday_of_the_month_passes_over_months_without_it(
    anchor: str, interval: int, nth: int, weekday: int, days: list[str]
) -> None:
    schedule = plan("monthly_by_weekday", anchor=anchor, interval=interval, nth=nth, weekday=weekday)

    assert first_days(schedule, 3) == days


# Clock changes. The instants were worked out by hand from the rules that each zone published for years
# that are over, so that no later release of the zone database moves them.


def test_new_york_stays_at_nine_across_both_changes() -> None:  # NS-19
    schedule = plan(anchor="2024-01-01", zone="America/New_York")

    spring = first_slots(schedule, 3, "2024-03-09 00:00")
    autumn = first_slots(schedule, 3, "2024-11-02 00:00")

    assert spring == ["2024-03-09 14:00", "2024-03-10 13:00", "2024-03-11 13:00"]
    assert autumn == ["2024-11-02 13:00", "2024-11-03 14:00", "2024-11-04 14:00"]


@pytest.mark.parametrize(
    ("zone", "at", "first_day", "expected"),
    [
        ("America/New_York", "02:30", "2024-03-09", ["03-09 07:30", "03-10 07:30", "03-11 06:30"]),
        ("Europe/Berlin", "02:30", "2024-03-30", ["03-30 01:30", "03-31 01:30", "04-01 00:30"]),
        ("Europe/London", "01:30", "2024-03-30", ["03-30 01:30", "03-31 01:30", "04-01 00:30"]),
        ("Australia/Sydney", "02:30", "2024-10-05", ["10-04 16:30", "10-05 16:30", "10-06 15:30"]),
        # Half an hour, two hours, and quarters of an hour.
        ("Australia/Lord_Howe", "02:15", "2024-10-05", ["10-04 15:45", "10-05 15:45", "10-06 15:15"]),
        ("Antarctica/Troll", "01:30", "2024-03-30", ["03-30 01:30", "03-31 01:30", "03-31 23:30"]),
        ("Pacific/Chatham", "03:00", "2024-09-28", ["09-27 14:15", "09-28 14:15", "09-29 13:15"]),
        # Days that begin at 01:00.
        ("Africa/Cairo", "00:00", "2024-04-25", ["04-24 22:00", "04-25 22:00", "04-26 21:00"]),
        ("America/Havana", "00:00", "2024-03-09", ["03-09 05:00", "03-10 05:00", "03-11 04:00"]),
        ("Asia/Beirut", "00:00", "2024-03-30", ["03-29 22:00", "03-30 22:00", "03-31 21:00"]),
        ("America/Santiago", "00:00", "2024-09-07", ["09-07 04:00", "09-08 04:00", "09-09 03:00"]),
        ("America/Asuncion", "00:00", "2023-09-30", ["09-30 04:00", "10-01 04:00", "10-02 03:00"]),
        ("America/Sao_Paulo", "00:00", "2018-11-03", ["11-03 03:00", "11-04 03:00", "11-05 02:00"]),
        # The end of a day is skipped: the slot fires early on the next one, which keeps its own.
        ("America/Nuuk", "23:30", "2024-03-29", ["03-30 01:30", "03-31 01:30", "04-01 00:30"]),
        ("Asia/Pyongyang", "23:45", "2018-05-03", ["05-03 15:15", "05-04 15:15", "05-05 14:45"]),
        # A whole day is skipped: two days mean one instant, which fires once.
        ("Pacific/Apia", "09:00", "2011-12-29", ["12-29 19:00", "12-30 19:00", "12-31 19:00"]),
        ("Pacific/Kwajalein", "09:00", "1993-08-20", ["08-20 21:00", "08-21 21:00", "08-22 21:00"]),
    ],
)
def test_a_skipped_local_time_moves_forward(zone: str, at: str, first_day: str, expected: list[str]) -> None:
    schedule = plan(anchor=first_day, at=at, zone=zone)

    assert [slot[5:] for slot in first_slots(schedule, 3)] == expected


@pytest.mark.parametrize(
    ("zone", "at", "first_day", "expected"),
    [
        ("America/New_York", "01:30", "2024-11-02", ["11-02 05:30", "11-03 05:30", "11-04 06:30"]),
        ("Europe/Berlin", "02:30", "2024-10-26", ["10-26 00:30", "10-27 00:30", "10-28 01:30"]),
        ("Australia/Lord_Howe", "01:45", "2024-04-06", ["04-05 14:45", "04-06 14:45", "04-07 15:15"]),
        ("Africa/Cairo", "23:30", "2024-10-30", ["10-30 20:30", "10-31 20:30", "11-01 21:30"]),
        ("America/Havana", "00:30", "2024-11-02", ["11-02 04:30", "11-03 04:30", "11-04 05:30"]),
        ("Asia/Beirut", "23:30", "2024-10-25", ["10-25 20:30", "10-26 20:30", "10-27 21:30"]),
        ("America/Santiago", "23:30", "2024-04-05", ["04-06 02:30", "04-07 02:30", "04-08 03:30"]),
        ("America/Asuncion", "23:30", "2024-03-22", ["03-23 02:30", "03-24 02:30", "03-25 03:30"]),
    ],
)
def test_a_repeated_local_time_fires_once(zone: str, at: str, first_day: str, expected: list[str]) -> None:
    schedule = plan(anchor=first_day, at=at, zone=zone)

    assert [slot[5:] for slot in first_slots(schedule, 3)] == expected


def test_between_the_two_passes_of_a_repeated_hour_the_next_day_is_next() -> None:
    schedule = plan(anchor="2024-01-01", zone="America/Havana", at="00:30")

    assert first_slots(schedule, 1, "2024-11-03 05:00") == ["2024-11-04 05:30"]


def test_a_time_that_says_it_is_the_second_pass_fires_at_the_first() -> None:
    schedule = plan(anchor="2024-11-03", zone="America/Havana", at="00:30")

    second = replace(schedule, time_of_day=schedule.time_of_day.replace(fold=1))

    assert first_slots(second, 2) == ["2024-11-03 04:30", "2024-11-04 05:30"]


def test_a_slot_that_moved_into_the_next_day_is_found_from_that_day() -> None:
    schedule = plan(anchor="2024-01-01", zone="America/Nuuk", at="23:30")

    assert first_slots(schedule, 2, "2024-03-31 01:10") == ["2024-03-31 01:30", "2024-04-01 00:30"]


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        (
            "Pacific/Kiritimati",
            "00:00",
            ["2024-01-30 10:00", "2024-02-28 10:00", "2024-03-30 10:00"],
        ),
        ("Pacific/Honolulu", "23:59", ["2024-02-01 09:59", "2024-03-01 09:59", "2024-04-01 09:59"]),
        ("Asia/Kathmandu", "05:00", ["2024-01-30 23:15", "2024-02-28 23:15", "2024-03-30 23:15"]),
        # On 31 March 2024 the clocks change at the slot itself.
        ("Europe/Berlin", "02:30", ["2024-01-31 01:30", "2024-02-29 01:30", "2024-03-31 01:30"]),
        ("Asia/Beirut", "00:00", ["2024-01-30 22:00", "2024-02-28 22:00", "2024-03-30 22:00"]),
    ],
)
def test_the_months_end_is_that_of_the_zone(zone: str, at: str, expected: list[str]) -> None:
    schedule = plan("monthly_by_day", anchor="2024-01-01", zone=zone, at=at, month_day=31)

    assert first_slots(schedule, 3) == expected


def test_a_skipped_day_still_fires_when_only_it_was_planned() -> None:
    schedule = plan("monthly_by_day", anchor="2011-11-01", zone="Pacific/Apia", month_day=30)

    assert first_slots(schedule, 3) == ["2011-11-30 19:00", "2011-12-30 19:00", "2012-01-29 19:00"]


# Bounds


@pytest.mark.parametrize(
    ("end", "days"),
    [("2026-01-03", 3), ("2026-01-01", 1), ("2025-12-31", 0)],
)
def test_the_end_date_is_the_last_day(end: str, days: int) -> None:
    schedule = plan(end=end)

    assert len(list(slots(schedule, utc("2020-01-01")))) == days


def test_the_end_date_is_local_and_that_of_the_planned_day() -> None:
    late = plan(anchor="2026-01-01", end="2026-01-01", at="23:30", zone="Pacific/Honolulu")
    moved = plan(anchor="2024-03-30", end="2024-03-30", at="23:30", zone="America/Nuuk")

    assert first_slots(late, 2) == ["2026-01-02 09:30"]
    assert first_slots(moved, 2) == ["2024-03-31 01:30"]


def test_nothing_fires_after_the_end_date() -> None:  # NS-20
    assert next_slot(plan(end="2026-01-03"), utc("2026-01-03 09:00")) is None


def test_run_limit_is_left_to_the_operation_that_counts() -> None:
    assert len(first_slots(plan(run_limit=2), 5)) == 5


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("frequency", Frequency)
@pytest.mark.parametrize("at", ["00:00", "23:59"])
def test_the_ends_of_time_are_quiet(frequency: Frequency, zone: str, at: str) -> None:
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    schedule = plan(frequency, anchor="9999-11-25", zone=zone, at=at, **FREQUENCY_FIELDS[frequency])

    fired = list(slots(schedule, earliest))

    assert 1 <= len(fired) <= 36
    assert fired[-1] <= utc("9999-12-31")
    assert next_slot(schedule, latest) is None
    assert next_slot(replace(schedule, anchor_date=date.min), earliest) is not None


def calls_of_next_slot(schedule: Plan, after: str) -> int:
    next_slot(schedule, utc(after))  # reads the zone database, once per process
    events: list[str] = []
    sys.setprofile(lambda _frame, event, _argument: events.append(event))
    try:
        next_slot(schedule, utc(after))
    finally:
        sys.setprofile(None)
    return len(events)


@pytest.mark.parametrize("frequency", Frequency)
def test_a_jump_of_fifty_years_either_way_takes_no_walk(frequency: Frequency) -> None:
    schedule = plan(frequency, **FREQUENCY_FIELDS[frequency])

    near = calls_of_next_slot(schedule, "2026-02-01")
    far = calls_of_next_slot(schedule, "2076-02-01")

    assert far <= near + 10
    assert calls_of_next_slot(schedule, "1970-02-01") <= near + 10


def test_a_plan_that_was_never_validated_is_a_bug() -> None:
    with pytest.raises(ValueError, match="never validated"):
        next_slot(plan("weekly"), utc("2026-01-01"))


# Catch-up


@pytest.mark.parametrize(
    ("due", "at", "following"),
    [
        pytest.param("2026-01-01 09:00", "2026-01-01 09:00", "2026-01-02 09:00", id="NS-14"),
        pytest.param("2026-01-01 09:00", "2026-01-06 10:00", "2026-01-07 09:00", id="NS-15"),
        pytest.param("2026-01-01 09:00", "2026-01-06 09:00", "2026-01-07 09:00", id="on a slot"),
        pytest.param("2026-01-01 09:00", "2026-01-06 08:59", "2026-01-06 09:00", id="just before one"),
        pytest.param("2026-01-02 09:00", "2026-01-01 09:00", "2026-01-03 09:00", id="before it is due"),
    ],
)
def test_catching_up_makes_one_occurrence_and_no_backlog(due: str, at: str, following: str) -> None:
    assert catch_up(plan(), due=utc(due), at=utc(at)) == (utc(due), utc(following))


def test_catching_up_keeps_the_interval_and_the_local_time() -> None:
    schedule = plan(interval=3, anchor="2024-03-01", zone="America/New_York")
    due = utc("2024-03-07 14:00")

    settled = catch_up(schedule, due=due, at=utc("2024-03-12 14:00"))

    assert settled == (due, utc("2024-03-13 13:00"))


def test_catching_up_after_the_end_still_makes_the_missed_one() -> None:
    due = utc("2026-01-02 09:00")

    assert catch_up(plan(end="2026-01-03"), due=due, at=utc("2026-02-01")) == (due, None)
