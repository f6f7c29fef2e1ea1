"""The trigger language of actions: at which points of a job's way something shall happen.

    trigger := point { "," point }
    point   := N | N% | */N | */N% | <status> | max_runtime_exceeded

Pure: text in, points out; two standings in, at most one point out. Delivering belongs to operations.
Source: progress.md B4.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from tasks.rules.progress import MAX_VALUE, REPORTABLE, Standing
from tasktracker.core.errors import Invalid, Problem

MAX_TRIGGER = 255
OVERRUN = "max_runtime_exceeded"

_OVERRUN_SPELLINGS = frozenset({OVERRUN, "max_runtime_exeeded"})  # older documents spelt it so
_NUMBER = re.compile(r"(\*/)?([0-9]{1,19})(%)?", re.ASCII)
_NOWHERE = -1  # where a job without a value stands: below the point 0
_WHOLE = 100


class BadTrigger(Invalid):
    """The text is not in the trigger language."""

    def __init__(self, point: str) -> None:
        shown = point if len(point) <= 40 else f"{point[:39]}…"
        super().__init__(Problem("trigger", "invalid", f"“{shown}” is not a point that a trigger can name."))


class Kind(Enum):
    """What a point is compared with."""

    VALUE = "N"
    PERCENT = "N%"
    EVERY_VALUE = "*/N"
    EVERY_PERCENT = "*/N%"
    STATUS = "status"
    OVERRUN = OVERRUN


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a trigger. number: N, 0 for words. word: the status, "" for numbers."""

    kind: Kind
    number: int = 0
    word: str = ""


@dataclass(frozen=True, slots=True)
class _Reached:
    """A point that was reached. place: how far along the way, to tell which comes last."""

    place: float
    name: str


@lru_cache(maxsize=4096)  # the same few texts are read again with every report
def parse(trigger: str) -> tuple[Point, ...]:
    """Read a trigger. Blanks around points mean nothing. Raises BadTrigger."""
    if len(trigger) > MAX_TRIGGER:
        raise BadTrigger(trigger)
    return tuple(_point(text.strip(" ")) for text in trigger.split(","))


def crossed(trigger: str, before: Standing | None, after: Standing) -> str | None:
    """Say at which point a change of standing makes an action run; None when it does not.

    before: None for a job that has just been made.
    However many points are reached together, the action runs once, at the last of them: the status where it
    changed to one that is named, else the furthest number. A point p is reached by before < p <= after.
    """
    reached = [hit for point in parse(trigger) for hit in _reached(point, before, after)]
    return max(reached, key=lambda hit: hit.place).name if reached else None


def names_overrun(trigger: str) -> bool:
    """Tell whether an action runs when the job has run for too long."""
    return any(point.kind is Kind.OVERRUN for point in parse(trigger))


def _point(text: str) -> Point:
    if text in REPORTABLE:
        return Point(Kind.STATUS, word=text)
    if text in _OVERRUN_SPELLINGS:
        return Point(Kind.OVERRUN, word=OVERRUN)
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise BadTrigger(text)
    is_every, number, is_percent = bool(found[1]), int(found[2]), bool(found[3])
    most = _WHOLE if is_percent else MAX_VALUE
    if number > most or (is_every and number == 0):
        raise BadTrigger(text)
    return Point(_KINDS[is_every, is_percent], number)


_KINDS = {
    (False, False): Kind.VALUE,
    (False, True): Kind.PERCENT,
    (True, False): Kind.EVERY_VALUE,
    (True, True): Kind.EVERY_PERCENT,
}


def _reached(point: Point, before: Standing | None, after: Standing) -> Iterator[_Reached]:
    match point.kind:
        case Kind.VALUE | Kind.EVERY_VALUE:
            start, end = _level(before.value if before else None), _level(after.value)
            place = _last_between(point, start, end)
            if place is not None:
                yield _Reached(place * _WHOLE, str(place))
        case Kind.PERCENT | Kind.EVERY_PERCENT:
            start, end = _level(before.percent if before else None), _level(after.percent)
            # Multiples end at 100: "*/30%" means 0, 30, 60 and 90.
            place = _last_between(point, start, min(end, _WHOLE) if point.kind is Kind.EVERY_PERCENT else end)
            if place is not None:
                yield _Reached(place * after.value_max, f"{place}%")
        case Kind.STATUS:
            if after.status == point.word and (before is None or before.status != after.status):
                yield _Reached(float("inf"), point.word)
        case Kind.OVERRUN:
            pass  # time passes it, no report does


def _level(number: int | None) -> int:
    return _NOWHERE if number is None else number


def _last_between(point: Point, start: int, end: int) -> int | None:
    """Find the furthest place of a point in start < place <= end."""
    is_every = point.kind in {Kind.EVERY_VALUE, Kind.EVERY_PERCENT}
    place = end // point.number * point.number if is_every else point.number
    return place if start < place <= end else None
