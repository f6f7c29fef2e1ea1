"""The log of a run: its text, its entries one by one, and what has come since a reader looked last."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

import orjson
from django.db.models import F

from tasks.models import LogChunk, Run
from tasks.rules.session_logs import LogFilter
from tasktracker.core.errors import NotFound

MOST_ANCESTORS: Final = 10
_CHUNKS_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries that were asked for, as JSON texts. matching: how many there are; total: of the whole log."""

    entries: list[str]
    matching: int
    total: int
    has_more: bool


def logged_run(run_id: UUID) -> Run:
    """Find a run for somebody who holds the address of its log. Raises NotFound."""
    run = Run.objects.filter(pk=run_id, task__deleted_at=None).first()
    if run is None:
        raise NotFound
    return run


def log_text(run: Run) -> Iterator[str]:
    """Read a run's log piece by piece, those of the runs that it carries on before it. One entry a line."""
    for run_id in _chain(run):
        for chunk in _chunks(run_id):
            yield f"{chunk.text}\n"


def log_page(run: Run, *, which: LogFilter, limit: int, offset: int) -> LogPage:
    """Read the entries of one run's log that a reader asks for, from the `offset`th of them."""
    if not which.is_given:
        found = list(islice(log_since(run.pk, offset), limit))
        entries = [text for _, text in found]
        return LogPage(entries, run.log_count, run.log_count, offset + len(entries) < run.log_count)
    matching, entries = 0, []
    for _, text in log_since(run.pk, 0):
        if which.matches(orjson.loads(text)):
            if offset <= matching < offset + limit:
                entries.append(text)
            matching += 1
    return LogPage(entries, matching, run.log_count, offset + len(entries) < matching)


def log_since(run_id: UUID, number: int) -> Iterator[tuple[int, str]]:
    """Read entry by entry from `number` on, each with its own number."""
    for chunk in _chunks(run_id, number):
        # Not splitlines(), which also splits where JSON does not.
        for place, text in enumerate(chunk.text.split("\n"), chunk.first):
            if place >= number:
                yield place, text


def _chain(run: Run) -> list[UUID]:
    """List the run and those that it carries on, the oldest first."""
    chain = [run.pk]
    parent: Any = run.resume_from_id
    while parent is not None and parent not in chain and len(chain) <= MOST_ANCESTORS:
        chain.append(parent)
        parent = Run.objects.filter(pk=parent).values_list("resume_from_id", flat=True).first()
    return chain[::-1]


def _chunks(run_id: UUID, number: int = 0) -> Iterator[LogChunk]:
    """Read chunks from the one that has entry `number` on, some at a time."""
    after = number
    while True:
        rows = LogChunk.objects.filter(run=run_id, first__gt=after - F("count")).order_by("first")
        found = list(rows[:_CHUNKS_AT_ONCE])
        yield from found
        if len(found) < _CHUNKS_AT_ONCE:
            return
        after = found[-1].first + found[-1].count
