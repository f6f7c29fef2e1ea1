"""Deadlines as iCalendar (RFC 5545): values in, bytes out. The same values always give the same bytes.

Which deadlines, and whose, is decided in tasks.queries.deadlines.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from tasks.queries.deadlines import Deadline
from tasktracker.core.money import dollars

_OCTETS: Final = 75  # of a line, without its end (3.1)
_LARGEST_SEQUENCE: Final = 2**31 - 1
_HEAD: Final = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Task Tracker//Deadlines//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    "NAME:Task Tracker",
    "X-WR-CALNAME:Task Tracker",
    "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
    "X-PUBLISHED-TTL:PT15M",
)
_LINE_BREAKS: Final = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f]")  # a TEXT may hold none but the tab (3.3.11)


def render(deadlines: Iterable[Deadline], *, base_url: str) -> bytes:
    """Write a calendar with one event for each deadline. base_url: where a task's page is."""
    lines = [*_HEAD]
    for deadline in deadlines:
        lines.extend(_event(deadline, base_url))
    lines.append("END:VCALENDAR")
    return b"".join(map(_folded, lines))


def _event(deadline: Deadline, base_url: str) -> Iterator[str]:
    """Write an event: no time passes in it, and nobody is busy because of it.

    SEQUENCE is 0 at first and grows with every change, as it counts the seconds until the last one.
    """
    changed_at = _utc(deadline.updated_at)
    yield "BEGIN:VEVENT"
    yield f"UID:{deadline.task_id}@tasktracker"
    yield f"SEQUENCE:{_sequence(deadline)}"
    yield f"DTSTAMP:{changed_at}"
    yield f"CREATED:{_utc(deadline.created_at)}"
    yield f"LAST-MODIFIED:{changed_at}"
    yield _start(deadline)
    yield f"SUMMARY:{_text(_summary(deadline))}"
    yield f"URL:{base_url}/tasks/{deadline.task_id}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _sequence(deadline: Deadline) -> int:
    seconds = int((deadline.updated_at - deadline.created_at).total_seconds())
    return min(max(seconds, 0), _LARGEST_SEQUENCE)


def _start(deadline: Deadline) -> str:
    if deadline.is_all_day:
        return f"DTSTART;VALUE=DATE:{deadline.due_at.astimezone(ZoneInfo(deadline.time_zone)):%Y%m%d}"
    return f"DTSTART:{_utc(deadline.due_at)}"


def _summary(deadline: Deadline) -> str:
    if deadline.stake_cents is None:
        return deadline.title
    return f"{deadline.title} ({dollars(deadline.stake_cents)})"


def _utc(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.year:04d}{utc:%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """Escape a TEXT value (3.3.11). What ends a line anywhere is a line break; other controls go."""
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _CONTROLS.sub("", _LINE_BREAKS.sub("\\\\n", value))


def _folded(line: str) -> bytes:
    """End a line, and fold one that is too long, never inside a character (3.1)."""
    octets = line.encode()
    pieces = []
    start, room = 0, _OCTETS
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # a later octet of a character
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, _OCTETS - 1  # the space at its start is part of a line
    pieces.append(octets[start:])
    return b"\r\n ".join(pieces) + b"\r\n"
