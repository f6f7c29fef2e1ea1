"""Watching a run as it happens: its log entry by entry, its state when that changes, signs of life between.

A stream asks the database again and again, and ends by itself after a while: whoever watches comes back and
goes on where it ended. How this is written to a socket is http/streams.py.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from accounts.rules.principal import Principal
from tasks.models import Run, StreamPlace
from tasks.queries.run_logs import log_since
from tasks.rules.run_states import is_over
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import LimitExceeded

PLACES_PER_ACCOUNT: Final = 2
STREAM_SECONDS: Final = 24.0  # ruling "Streams": each is closed within 25 s
KEEP_ALIVE_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.4
_HELD: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log: its number, and its JSON text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """The run as it is now: at the beginning, and whenever that changes."""

    run: Run


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Nothing has happened for a while."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The run is over, and nothing was ever written to its log."""


@dataclass(frozen=True, slots=True)
class End:
    """The run is over, and everything of it was told."""


Item = Entry | Change | KeepAlive | Silence | End


def open_place(principal: Principal) -> UUID:
    """Take one of the account's places for streams; returns what gives it back.

    Raises LimitExceeded: all are taken.
    """
    holder = uuid4()
    rows = StreamPlace.objects.filter(user=principal.user_id)
    for place in range(PLACES_PER_ACCOUNT):
        free = rows.filter(place=place, held_until__lte=DatabaseNow())
        if free.update(holder=holder, held_until=DatabaseNow(_HELD)):
            return holder
        made = StreamPlace(user_id=principal.user_id, place=place, holder=holder, held_until=_until())
        StreamPlace.objects.bulk_create([made], ignore_conflicts=True)
        if rows.filter(place=place, holder=holder).exists():
            return holder
    raise LimitExceeded(retry_after=2, message="An account can watch two streams at a time.")


def close_place(holder: UUID) -> None:
    """Give a place back; one that another stream has by now stays its own."""
    StreamPlace.objects.filter(holder=holder).update(held_until=DatabaseNow())


def next_number(run_id: UUID) -> int:
    """Say where a reader goes on who wants nothing of what is there already."""
    return Run.objects.filter(pk=run_id).values_list("log_count", flat=True).get()


def watch_run(run_id: UUID, *, start: int, seconds: float = STREAM_SECONDS) -> Iterator[Item]:
    """Tell of a run from entry `start` on, for as long as `seconds`, or until it is over.

    Two statements for each look; nothing is held between them.
    """
    until = time.monotonic() + seconds
    quiet_since, seen = time.monotonic(), None
    while True:
        run = Run.objects.get(pk=run_id)
        if _state_of(run) != seen:
            seen = _state_of(run)
            yield Change(run)
        for number, text in log_since(run_id, start) if run.log_count > start else ():
            start, quiet_since = number + 1, time.monotonic()
            yield Entry(number, text)
        if is_over(run.status):
            yield End() if run.log_count else Silence()
            return
        if time.monotonic() + LOOK_SECONDS > until:
            return
        if time.monotonic() - quiet_since > KEEP_ALIVE_SECONDS:
            quiet_since = time.monotonic()
            yield KeepAlive()
        time.sleep(LOOK_SECONDS)


def _state_of(run: Run) -> tuple[Any, ...]:
    return (run.status, run.stage, run.branch, run.output, run.error_message, run.completed_at)


def _until() -> DatabaseNow:
    return DatabaseNow(_HELD)
