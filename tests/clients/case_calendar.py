"""The calendar feed in the hands of real subscribers: vdirsyncer fetches, khal lists, ical.js parses."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

Event = tuple[str, str]
Fetch = Callable[[str], Path]
_END = "\N{SYMBOL FOR RECORD SEPARATOR}"  # titles may have several lines
FEED_MJS = Path(__file__).resolve().with_name("feed.mjs")
VDIRSYNCER = """
[general]
status_path = "status"

[pair feed]
a = "local"
b = "server"
collections = null
conflict_resolution = "b wins"

[storage local]
type = "filesystem"
path = "events"
fileext = ".ics"

[storage server]
type = "http"
url = "{url}"
"""
KHAL = """
[calendars]
[[feed]]
path = events
readonly = True

[locale]
local_timezone = UTC
default_timezone = UTC
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
timeformat = %H:%M
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M

[sqlite]
path = cache/khal.db
"""


@pytest.fixture
def expected() -> set[Event]:
    """The events of the difficult feed: summary, and start as an ISO 8601 moment or date."""
    return {(summary, start) for summary, start in json.loads(os.environ["CLIENTS_FEED_EVENTS"])}


@pytest.fixture
def url() -> Callable[[str], str]:
    def of(name: str) -> str:
        return os.environ["TASKBADGER_HOST"] + os.environ[f"CLIENTS_{name}_FEED"]

    return of


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., str]:
    """Run a program of the clients' environment in a folder of its own; returns what it printed."""

    def run(*command: str, **environment: str) -> str:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    return run


@pytest.fixture
def subscribed(
    tmp_path: Path, url: Callable[[str], str], program: Callable[..., str]
) -> Callable[[str], Path]:
    """Let vdirsyncer fetch a feed; returns the folder with a file for each event."""

    def sync(name: str) -> Path:
        (tmp_path / "events").mkdir(exist_ok=True)
        (tmp_path / "vdirsyncer").write_text(VDIRSYNCER.format(url=url(name)))
        vdirsyncer = str(Path(sys.executable).with_name("vdirsyncer"))
        for step in ("discover", "sync"):
            program(vdirsyncer, step, VDIRSYNCER_CONFIG="vdirsyncer")
        return tmp_path / "events"

    return sync


@pytest.fixture
def agenda(tmp_path: Path, program: Callable[..., str]) -> Callable[..., list[str]]:
    """Let khal read what vdirsyncer fetched: agenda(format, first day, range) lists the events."""

    def listed(event_format: str, *days: str) -> list[str]:
        (tmp_path / "khal").write_text(KHAL)
        khal = str(Path(sys.executable).with_name("khal"))
        how = ("--day-format", "", "--format", event_format + _END)
        listing = program(khal, "-c", "khal", "list", *how, *days)
        return [event.strip() for event in listing.split(_END) if event.strip()]

    return listed


@pytest.fixture
def parsed(
    tmp_path: Path, url: Callable[[str], str], program: Callable[..., str]
) -> Callable[[str], list[dict[str, Any]]]:
    """Let ical.js parse a feed as it came over the wire."""

    def parse(name: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(url(name), timeout=30) as answer:
            (tmp_path / "feed.ics").write_bytes(answer.read())
        events: list[dict[str, Any]] = json.loads(
            program("node", str(FEED_MJS), os.environ["CLIENTS_ICAL_JS"], "feed.ics")
        )
        return events

    return parse


def _as_fetched(path: Path) -> Event:
    (event,) = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    return str(event["SUMMARY"]), event.decoded("DTSTART").isoformat()


def test_vdirsyncer_fetches_every_event(subscribed: Fetch, expected: set[Event]) -> None:
    assert {_as_fetched(path) for path in subscribed("DIFFICULT").iterdir()} == expected


def test_a_second_sync_finds_nothing_new(subscribed: Fetch) -> None:
    first = {path.name: path.stat().st_mtime_ns for path in subscribed("DIFFICULT").iterdir()}

    assert {path.name: path.stat().st_mtime_ns for path in subscribed("DIFFICULT").iterdir()} == first


def test_khal_lists_every_event(
    subscribed: Fetch, agenda: Callable[..., list[str]], expected: set[Event]
) -> None:
    subscribed("DIFFICULT")
    first = min(datetime.fromisoformat(start).date() for _, start in expected)

    events = agenda("{start-date}|{start-time}|{title}", str(first), "60d")

    assert set(events) == {_as_listed(*event) for event in expected}


def _as_listed(summary: str, start: str) -> str:
    """How khal shows an event."""
    day, _, time = start.partition("T")
    return f"{day}|{time[:5]}|{summary}"


def test_ical_js_reads_every_event(
    parsed: Callable[[str], list[dict[str, Any]]], expected: set[Event]
) -> None:
    events = parsed("DIFFICULT")

    assert {(event["summary"], _as_iso(event["start"])) for event in events} == expected
    assert len({event["uid"] for event in events}) == len(expected)
    assert {event["sequence"] for event in events} == {0}


def _as_iso(start: str) -> str:
    return start.replace(".000Z", "+00:00")


def test_ical_js_reads_ten_thousand(parsed: Callable[[str], list[dict[str, Any]]]) -> None:
    assert len(parsed("MANY")) == int(os.environ["CLIENTS_FEED_MANY"])


@pytest.mark.timeout(600)
def test_ten_thousand_deadlines_arrive(subscribed: Fetch, agenda: Callable[..., list[str]]) -> None:
    many = int(os.environ["CLIENTS_FEED_MANY"])

    assert len(list(subscribed("MANY").iterdir())) == many
    assert len(set(agenda("{title}", "today", "30d"))) == many
