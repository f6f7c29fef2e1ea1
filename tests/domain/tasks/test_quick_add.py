"""Reading a task from one line: a table of what people write, and what holds for anything at all."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.rules.deadlines import END_OF_DAY, Due
from tasks.rules.quick_add import QuickTask, read_line
from tasks.rules.recurrence import Pattern, Recurrence
from tasks.rules.schedule import instant
from tests.conftest import NOW

BERLIN = ZoneInfo("Europe/Berlin")  # NOW is Monday 2 March 2026, 13:00 there


def read(line: str, at: datetime = NOW) -> QuickTask:
    return read_line(line, at=at, zone=BERLIN)


def on(day: str, clock: str = "") -> Due:
    at_time = time.fromisoformat(clock) if clock else END_OF_DAY
    return Due(instant(date.fromisoformat(day), at_time, BERLIN), is_all_day=not clock)


def test_the_example() -> None:
    assert read("pay rent friday 9am $20 every month") == QuickTask(
        title="pay rent",
        due=on("2026-03-06", "09:00"),
        stake_cents=2000,
        recurrence=Recurrence(Pattern.MONTHLY),
        day_of_month=6,
    )


@pytest.mark.parametrize(
    ("line", "title", "due"),
    [
        ("call mum today", "call mum", on("2026-03-02")),
        ("call mum tonight", "call mum", on("2026-03-02")),
        ("call mum tomorrow", "call mum", on("2026-03-03")),
        ("tomorrow call mum", "call mum", on("2026-03-03")),
        ("call mum tomorrow about the plan", "call mum about the plan", on("2026-03-03")),
        ("call mum on Friday", "call mum", on("2026-03-06")),
        ("call mum by fri", "call mum", on("2026-03-06")),
        ("call mum monday", "call mum", on("2026-03-02")),
        ("call mum monday 9am", "call mum", on("2026-03-09", "09:00")),
        ("call mum monday 2pm", "call mum", on("2026-03-02", "14:00")),
        ("call mum next monday", "call mum", on("2026-03-09")),
        ("call mum next friday", "call mum", on("2026-03-13")),
        ("call mum next week", "call mum", on("2026-03-09")),
        ("call mum next month", "call mum", on("2026-04-01")),
        ("call mum 9am", "call mum", on("2026-03-03", "09:00")),
        ("call mum at 18", "call mum", on("2026-03-02", "18:00")),
        ("call mum 18:30.", "call mum", on("2026-03-02", "18:30")),
        ("call mum tomorrow noon", "call mum", on("2026-03-03", "12:00")),
        ("call mum tomorrow, 12am", "call mum", on("2026-03-03", "00:00")),
        ("call mum tomorrow 9:15 pm", "call mum", on("2026-03-03", "21:15")),
        ("call mum 2026-12-24", "call mum", on("2026-12-24")),
        ("call mum dec 24th", "call mum", on("2026-12-24")),
        ("call mum 24 December 2027 at 8", "call mum", on("2027-12-24", "08:00")),
        ("call mum 1 march", "call mum", on("2027-03-01")),
        ("call mum 29 feb", "call mum", on("2028-02-29")),
        ("call mum on the 1st", "call mum", on("2026-04-01")),
        ("call mum the 31st", "call mum", on("2026-03-31")),
        ("call mum in 3 days", "call mum", on("2026-03-05")),
        ("call mum in a week 9am", "call mum", on("2026-03-09", "09:00")),
        ("call mum in 2 hours", "call mum", Due(NOW + timedelta(hours=2), is_all_day=False)),
        ("tomorrow read about today", "read about", on("2026-03-02")),
    ],
)
def test_days_and_times(line: str, title: str, due: Due) -> None:
    found = read(line)

    assert (found.due, found.recurrence, found.stake_cents) == (due, None, None)
    assert found.title in {title, f"tomorrow {title}"}


@pytest.mark.parametrize(
    ("line", "rhythm", "due"),
    [
        ("water plants every day", Recurrence(Pattern.DAILY), on("2026-03-02")),
        ("water plants daily 8am", Recurrence(Pattern.DAILY), on("2026-03-03", "08:00")),
        ("water plants every 3 days", Recurrence(Pattern.DAILY, 3), on("2026-03-02")),
        ("water plants every other week", Recurrence(Pattern.WEEKLY, 2), on("2026-03-02")),
        ("water plants every wednesday 7:30", Recurrence(Pattern.WEEKLY), on("2026-03-04", "07:30")),
        ("water plants every mon", Recurrence(Pattern.WEEKLY), on("2026-03-02")),
        ("water plants every 31st", Recurrence(Pattern.MONTHLY), on("2026-03-31")),
        ("water plants weekly", Recurrence(Pattern.WEEKLY), on("2026-03-02")),
        ("water plants 1 may each year", Recurrence(Pattern.YEARLY), on("2026-05-01")),
    ],
)
def test_rhythms(line: str, rhythm: Recurrence, due: Due) -> None:
    found = read(line)

    assert (found.title, found.recurrence, found.due) == ("water plants", rhythm, due)


@pytest.mark.parametrize(
    ("line", "title", "cents", "loose"),
    [
        ("run tomorrow $5", "run", 500, None),
        ("run tomorrow stake $1,250.50", "run", 125050, None),
        ("run $5", "run $5", None, 500),
        ("run tomorrow $5.5", "run $5.5", None, None),
        ("run tomorrow 5$", "run 5$", None, None),
        ("sell for $3 tomorrow $5", "sell for $3", 500, None),
    ],
)
def test_money_needs_a_deadline(line: str, title: str, cents: int | None, loose: int | None) -> None:
    found = read(line)

    assert (found.title, found.stake_cents, found.loose_cents) == (title, cents, loose)


@pytest.mark.parametrize(
    "line",
    [
        "buy sun cream",
        "write the weekly report",
        "answer the 2nd letter",
        "read issue 9",
        "room 5:75",
        "13pm",
        "feb 30",
        "every 1000 days",
        "in 0 days",
        "tomorrow",
        "friday 9am $5",
        'read "tomorrow never dies"',
        "2026-13-01",
        "9999-12-31",
        "in \u0661 days",
    ],
)
def test_what_is_a_title_stays_one(line: str) -> None:
    assert read(line) == QuickTask(title=line)


WORDS = st.sampled_from(
    [
        "pay",
        "rent",
        "friday",
        "fri",
        "next",
        "every",
        "day",
        "2",
        "weeks",
        "$20",
        "at",
        "9",
        "9am",
        "in",
        "the",
        "31st",
        "feb",
        "29",
        "2027",
        "noon",
        "hours",
        "on",
        "by",
        "other",
        "month",
        "stake",
        '"tomorrow"',
        "0",
    ]
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia", "America/New_York", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(WORDS, min_size=1, max_size=9).map(" ".join) | st.text(max_size=60), MOMENTS, ZONES)
def test_any_line_is_a_task(line: str, at: datetime, zone: str) -> None:
    found = read_line(line, at=at, zone=ZoneInfo(zone))

    assert bool(found.title) == bool(line.split())
    assert set(found.title.split()) <= {part for word in line.split() for part in (word, word.rstrip(",;."))}
    assert found.stake_cents is None or found.due is not None
    assert found.recurrence is None or found.due is not None
    if found.due and found.due.at and not found.due.is_all_day and "today" not in line:
        assert found.due.at > at - timedelta(minutes=1) or any(word.isdigit() for word in line.split())


@given(
    st.lists(st.sampled_from(["water", "call", "plants", "7", "about", "sun"]), min_size=1, max_size=5),
    st.integers(1, 400),
    st.times(),
    st.integers(0, 999_999_99),
    st.sampled_from(Pattern),
    st.integers(1, 365),
)
def test_what_is_written_is_read(
    title: list[str], days: int, at_time: time, cents: int, pattern: Pattern, interval: int
) -> None:
    day = NOW.date() + timedelta(days=days)
    clock = time(at_time.hour, at_time.minute)
    unit = {"daily": "days", "weekly": "weeks", "monthly": "months", "yearly": "years"}[pattern]
    money = f"${cents // 100}.{cents % 100:02}"

    found = read(f"{' '.join(title)} {money} {day} {clock:%H:%M} every {interval} {unit}")

    assert found.title == " ".join(title)
    assert found.due == Due(instant(day, clock, BERLIN), is_all_day=False)
    assert (found.stake_cents, found.recurrence) == (cents or None, Recurrence(pattern, interval))
