"""The builder of the feed: what it writes is what a real parser reads, whatever a title holds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest

from calendarfeed.ics import render
from tasks.queries.deadlines import Deadline

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BASE_URL = "http://tasks.example"
FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
TITLES = [
    "Take out the trash",
    "Milk, eggs; bread: 3\\4",
    "one\ntwo\r\nthree\rfour",
    "\\n is no line break, \\, and \\; are no escapes",
    "x" * 500,
    "\N{SNOWMAN}" * 200,
    FAMILY * 60,
    "\N{PARTY POPPER}" * 250,
    "é" * 33 + "\N{PARTY POPPER}",
    'quotes "here" and = % & <b>',
    "BEGIN:VEVENT\nSUMMARY:mine",
    " leading and trailing ",
    "tab\there",
]


def deadline(**changes: Any) -> Deadline:
    values: dict[str, Any] = {
        "task_id": UUID(int=7),
        "title": "Take out the trash",
        "due_at": NOW,
        "is_all_day": False,
        "stake_cents": None,
        "time_zone": "UTC",
        "created_at": NOW - timedelta(days=1),
        "updated_at": NOW - timedelta(days=1),
    }
    return Deadline(**{**values, **changes})


def events(*deadlines: Deadline) -> list[Any]:
    calendar = icalendar.Calendar.from_ical(render(deadlines, base_url=BASE_URL))
    assert not calendar.errors
    return list(calendar.walk("VEVENT"))


def test_the_bytes_of_one_deadline() -> None:
    text = render([deadline(stake_cents=500)], base_url=BASE_URL).decode()

    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Task Tracker//Deadlines//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Task Tracker",
        "X-WR-CALNAME:Task Tracker",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
        "BEGIN:VEVENT",
        "UID:00000000-0000-0000-0000-000000000007@tasktracker",
        "SEQUENCE:0",
        "DTSTAMP:20260301T120000Z",
        "CREATED:20260301T120000Z",
        "LAST-MODIFIED:20260301T120000Z",
        "DTSTART:20260302T120000Z",
        "SUMMARY:Take out the trash ($5.00)",
        "URL:http://tasks.example/tasks/00000000-0000-0000-0000-000000000007",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize("title", TITLES)
def test_a_parser_reads_the_title_that_was_written(title: str) -> None:
    (event,) = events(deadline(title=title))

    assert str(event["SUMMARY"]) == title.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("title", TITLES)
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(title: str) -> None:
    lines = render([deadline(title=title)], base_url=BASE_URL).split(b"\r\n")

    assert max(map(len, lines)) <= 75
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert [line.decode() for line in lines]


@pytest.mark.parametrize("length", range(50, 90))
def test_folding_holds_at_every_length(length: int) -> None:
    title = "a" * length + "\N{PARTY POPPER}b"

    (event,) = events(deadline(title=title))

    assert str(event["SUMMARY"]) == title


def test_the_reference_folds_to_the_same_text() -> None:
    ours = render([deadline(title=title) for title in TITLES], base_url=BASE_URL)

    theirs = icalendar.Calendar.from_ical(ours).to_ical()

    assert icalendar.Calendar.from_ical(theirs) == icalendar.Calendar.from_ical(ours)


@pytest.mark.parametrize("mark", ["\x00", "\x07", "\x1b", "\x7f"])
def test_controls_are_left_out(mark: str) -> None:
    (event,) = events(deadline(title=f"a{mark}b"))

    assert str(event["SUMMARY"]) == "ab"


@pytest.mark.parametrize("mark", ["\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_what_may_end_a_line_somewhere_is_a_line_break(mark: str) -> None:
    (event,) = events(deadline(title=f"a{mark}b"))

    assert str(event["SUMMARY"]) == "a\nb"


def test_an_all_day_deadline_is_a_day_of_its_owner() -> None:
    late = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)  # 23:59 of the day before, in New York

    (event,) = events(deadline(due_at=late, is_all_day=True, time_zone="America/New_York"))

    assert event["DTSTART"].dt == date(2026, 3, 2)
    assert event["DTSTART"].params["VALUE"] == "DATE"


def test_the_uid_stays_and_the_sequence_grows_with_changes() -> None:
    (first,) = events(deadline())
    (second,) = events(deadline(title="Other", updated_at=NOW))
    (third,) = events(deadline(title="Third", updated_at=NOW + timedelta(days=365 * 200)))

    assert first["UID"] == second["UID"] == third["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"], third["SEQUENCE"]) == (0, 86400, 2**31 - 1)


def test_nothing_to_do_is_a_calendar_too() -> None:
    assert events() == []


def test_a_large_stake_is_written_for_people() -> None:
    (event,) = events(deadline(stake_cents=99_999_999))

    assert str(event["SUMMARY"]) == "Take out the trash ($999,999.99)"
