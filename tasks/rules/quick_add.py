"""Reading a task from one line: "pay rent friday 9am $20 every month".

Pure: the line, now and the reader's zone in, a value out. The phrases stand in quick_phrases.py; making the
task is charges.operations.quick_add. docs/adr/0054-quick-add.md says which words are taken, and why.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from tasks.rules.deadlines import END_OF_DAY, Due
from tasks.rules.quick_phrases import Phrase, phrase_at
from tasks.rules.recurrence import Recurrence
from tasks.rules.schedule import instant

_TOKEN = re.compile(r'"[^"]*"|\S+')
_ENDINGS = ",;."


@dataclass(frozen=True)
class QuickTask:
    """What a line says.

    due: None without a day, a time or a rhythm. stake_cents: only with a deadline. loose_cents: money that
    stands in the title, as there is no deadline to put it on. day_of_month: the day that a monthly or yearly
    rhythm aims at.
    """

    title: str
    due: Due | None = None
    stake_cents: int | None = None
    loose_cents: int | None = None
    recurrence: Recurrence | None = None
    day_of_month: int | None = None

    @property
    def says_more(self) -> bool:
        """Whether anything but a title was understood."""
        return self.due is not None


@dataclass(frozen=True)
class _Found:
    """A phrase at its place: words[start:end]."""

    start: int
    end: int
    phrase: Phrase


def read_line(text: str, *, at: datetime, zone: ZoneInfo) -> QuickTask:
    """Read a task from a line; words that mean nothing, or stand in double quotes, are its title.

    at: now, aware. zone: the reader's, in which days begin and times are meant.
    Of two phrases that say the same kind of thing the later one counts, and the other stays in the title. A
    line that would leave no title is all title.
    """
    tokens = _TOKEN.findall(text)
    found = list(_chosen([_bare(token) for token in tokens]))
    read = _understood([each.phrase for each in found], at, zone)
    if read.due is None:  # money needs a deadline
        found = [each for each in found if each.phrase.stake_cents is None]
        read = replace(read, loose_cents=read.stake_cents, stake_cents=None)
    taken = {place for each in found for place in range(each.start, each.end)}
    title = " ".join(token for place, token in enumerate(tokens) if place not in taken).rstrip(_ENDINGS + " ")
    return replace(read, title=title) if title else QuickTask(title=" ".join(tokens))


def _bare(token: str) -> str:
    """Write a word as phrases spell it; what is quoted is no word of a phrase."""
    return "" if token.startswith('"') else token.casefold().rstrip(_ENDINGS) or token


def _chosen(words: Sequence[str]) -> Iterator[_Found]:
    """Choose phrases from the end of the line to its beginning."""
    said: frozenset[str] = frozenset()
    understood_from = len(words)
    for found in reversed(list(_phrases(words))):
        is_repeated = bool(found.phrase.says & said)
        if is_repeated or (found.phrase.is_vague and found.end != understood_from):
            continue
        if found.end == understood_from:
            understood_from = found.start
        said |= found.phrase.says
        yield found


def _phrases(words: Sequence[str]) -> Iterator[_Found]:
    """List the phrases of a line, in their order, none over another."""
    place = 0
    while place < len(words):
        phrase = phrase_at(words[place:])
        if phrase is not None:
            yield _Found(place, place + phrase.length, phrase)
        place += phrase.length if phrase else 1


def _understood(phrases: Sequence[Phrase], at: datetime, zone: ZoneInfo) -> QuickTask:
    """Put together what the phrases say; the title comes later."""
    day_of = next((each.day for each in phrases if each.day), None)
    time_of_day = next((each.time_of_day for each in phrases if each.time_of_day), None)
    delay = next((each.delay for each in phrases if each.delay), None)
    recurrence = next((each.recurrence for each in phrases if each.recurrence), None)
    today = at.astimezone(zone).date()

    def is_gone(day: date) -> bool:
        return time_of_day is not None and instant(day, time_of_day, zone) <= at

    due = None
    if delay is not None:
        due = Due((at + delay).astimezone(UTC).replace(second=0, microsecond=0), is_all_day=False)
    elif day_of is not None:
        due = _due(day_of(today, is_gone), time_of_day, zone)
    elif time_of_day is not None or recurrence is not None:
        due = _due(date.fromordinal(today.toordinal() + is_gone(today)), time_of_day, zone)
    return QuickTask(
        title="",
        due=due,
        stake_cents=next((each.stake_cents for each in phrases if each.stake_cents), None),
        recurrence=recurrence,
        day_of_month=due.at.astimezone(zone).day if due and due.at and recurrence else None,
    )


def _due(day: date, time_of_day: time | None, zone: ZoneInfo) -> Due:
    if time_of_day is None:
        return Due(instant(day, END_OF_DAY, zone), is_all_day=True)
    return Due(instant(day, time_of_day, zone), is_all_day=False)
