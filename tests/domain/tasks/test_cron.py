"""Cron expressions: what can be read, and when they are next, against a model that looks at every minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.rules.cron import BadCron, next_moment, parse_cron

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def after(text: str, moment: datetime = MONDAY, zone: str = "UTC") -> str | None:
    found = next_moment(parse_cron(text), moment, ZoneInfo(zone))
    return f"{found:%Y-%m-%d %H:%M}" if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * *", "2026-03-02 12:01"),
        ("0 12 * * *", "2026-03-03 12:00"),
        ("*/15 * * * *", "2026-03-02 12:15"),
        ("5/20 * * * *", "2026-03-02 12:05"),
        ("10-20/5 13 * * *", "2026-03-02 13:10"),
        ("0 0 1 * *", "2026-04-01 00:00"),
        ("30 6 * * mon-fri", "2026-03-03 06:30"),
        ("0 9 * * 0", "2026-03-08 09:00"),
        ("0 9 * * 7", "2026-03-08 09:00"),
        ("0 9 * * SUN,Wed", "2026-03-04 09:00"),
        ("0 0 13 * fri", "2026-03-06 00:00"),  # both days given: either is enough
        ("0 0 */10 * fri", "2026-05-01 00:00"),  # a star is not "given": both must fit
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("0 0 31 dec *", "2026-12-31 00:00"),
        ("0,30 8-17 * jan-mar 1", "2026-03-02 12:30"),
    ],
)
def test_when_it_is_next(text: str, expected: str) -> None:
    assert after(text) == expected


def test_the_moment_itself_is_not_next() -> None:
    assert after("0 12 * * *", MONDAY - timedelta(microseconds=1)) == "2026-03-02 12:00"
    assert after("0 12 * * *", MONDAY) == "2026-03-03 12:00"


def test_local_times_follow_their_zone() -> None:
    assert after("0 9 * * *", MONDAY, "Europe/Berlin") == "2026-03-03 08:00"
    assert after("0 9 * * *", datetime(2026, 7, 1, tzinfo=UTC), "Europe/Berlin") == "2026-07-01 07:00"


def test_a_skipped_local_time_moves_forward() -> None:
    eve = datetime(2026, 3, 28, 12, tzinfo=UTC)  # at 02:00 of the 29th Berlin goes to 03:00

    assert after("30 2 * * *", eve, "Europe/Berlin") == "2026-03-29 01:30"
    assert (
        after("30 2 * * *", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "Europe/Berlin") == "2026-03-30 00:30"
    )
    assert after("15,45 2-3 * * *", datetime(2026, 3, 29, 1, 16, tzinfo=UTC), "Europe/Berlin") == (
        "2026-03-29 01:45"
    )


def test_a_repeated_local_time_counts_once() -> None:
    eve = datetime(2026, 10, 24, 12, tzinfo=UTC)  # at 03:00 of the 25th Berlin goes back to 02:00

    assert after("30 2 * * *", eve, "Europe/Berlin") == "2026-10-25 00:30"
    assert (
        after("30 2 * * *", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin") == "2026-10-26 01:30"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "* * * *", "* * * * * *", "@daily", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *"),
        *("* * * 13 *", "* * * 0 *", "* * * * 8", "-1 * * * *", "*/0 * * * *", "5-1 * * * *", "a * * * *"),
        *(
            "* * * * fri-mon",
            "* * L * *",
            "* * * * 1#2",
            "1,,2 * * * *",
            "1- * * * *",
            "\u0665 * * * *",
            "* * mon * *",
        ),
        *("0 0 30 2 *", "0 0 31 4,6,9,11 *", "1.5 * * * *", "001 * * * *", "*/x * * * *"),
    ],
)
def test_what_is_no_cron_expression(text: str) -> None:
    with pytest.raises(BadCron):
        parse_cron(text)


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    spans = st.tuples(number, number).map(sorted).map(lambda ends: f"{ends[0]}-{ends[1]}")
    parts = st.one_of(
        number.map(str),
        spans,
        st.just("*"),
        st.integers(1, high).map("*/{}".format),
        spans.map("{}/2".format),
    )
    return st.lists(parts, min_size=1, max_size=2).map(",".join)


def values_of(field: str, low: int, high: int) -> set[int]:
    found = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        found |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


def is_named(text: str, wall: datetime) -> bool:
    minute, hour, day, month, weekday = text.split()
    by_day = wall.day in values_of(day, 1, 31)
    by_week = wall.isoweekday() % 7 in {number % 7 for number in values_of(weekday, 0, 7)}
    is_either = not day.startswith("*") and not weekday.startswith("*")
    return (
        wall.minute in values_of(minute, 0, 59)
        and wall.hour in values_of(hour, 0, 23)
        and wall.month in values_of(month, 1, 12)
        and (by_day or by_week if is_either else by_day and by_week)
    )


@settings(max_examples=60)
@given(fields(0, 59), fields(0, 23), fields(1, 7), st.integers(0, 3 * 24 * 60))
def test_it_agrees_with_a_model_that_looks_at_every_minute(
    minute: str, hour: str, weekday: str, start: int
) -> None:
    text = f"{minute} {hour} * * {weekday}"
    moment = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(minutes=start)

    found = next_moment(parse_cron(text), moment, UTC)  # type: ignore[arg-type]

    assert found
    assert is_named(text, found)
    between = (
        moment + timedelta(minutes=step) for step in range(1, int((found - moment).total_seconds() / 60))
    )
    assert not any(is_named(text, each) for each in between)
