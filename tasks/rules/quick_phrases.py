"""The phrases that quick add knows: days, times, money and rhythms, each read at one place of a line.

How phrases of a line are chosen, and what they mean together, stands in quick_add.py.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

from tasks.rules.recurrence import MAX_RECURRENCE_INTERVAL, Pattern, Recurrence, later

Words = Sequence[str]  # in lower case, without the punctuation that ends them
IsGone = Callable[[date], bool]
DayOf = Callable[[date, IsGone], date]  # today -> the day; IsGone: its time of day has passed on that day


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """What some words mean. length: how many words.

    delay: from now, of a moment that is said so. is_vague: it may also be part of a title, and counts only
    where everything after it is understood.
    """

    length: int
    day: DayOf | None = None
    time_of_day: time | None = None
    delay: timedelta | None = None
    stake_cents: int | None = None
    recurrence: Recurrence | None = None
    is_vague: bool = False

    @property
    def says(self) -> frozenset[str]:
        """Name what it speaks of; no two phrases of a line speak of the same."""
        said = {
            "day": self.day,
            "time": self.time_of_day,
            "stake": self.stake_cents,
            "repeat": self.recurrence,
        }
        moment = {"day", "time"} if self.delay is not None else set()
        return frozenset({name for name, value in said.items() if value is not None} | moment)


_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS: Final = {
    **{name[:3]: number for number, name in enumerate(_WEEKDAYS)},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_NUMBERS: Final = {
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS, 1)},
    "sept": 9,
}
_UNITS: Final = {
    "day": Pattern.DAILY,
    "week": Pattern.WEEKLY,
    "month": Pattern.MONTHLY,
    "year": Pattern.YEARLY,
}
_ADVERBS: Final = {
    "daily": Pattern.DAILY,
    "weekly": Pattern.WEEKLY,
    "monthly": Pattern.MONTHLY,
    "yearly": Pattern.YEARLY,
    "annually": Pattern.YEARLY,
}
_SECONDS: Final = {"hour": 3600, "hr": 3600, "minute": 60, "min": 60}
_FIRST_YEAR, _LAST_YEAR = 1971, 9998

_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)", re.ASCII)
_DAY_NUMBER = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?", re.ASCII)
_YEAR = re.compile(r"(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_HALF_DAY = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?([ap])\.?m\.?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_HOUR = re.compile(r"(\d{1,2})", re.ASCII)
_COUNT = re.compile(r"(\d{1,3})", re.ASCII)
_DOLLARS = re.compile(r"\$(\d{1,3}(?:,\d{3})+|\d{1,6})(?:\.(\d{2}))?", re.ASCII)


def phrase_at(words: Words) -> Phrase | None:
    """Read the longest phrase that these words begin with."""
    found = [phrase for read in _READERS for phrase in read(words)]
    return max(found, key=lambda phrase: phrase.length, default=None)


def _of(words: Words, place: int) -> str:
    return words[place] if place < len(words) else ""


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _count(word: str) -> int | None:
    if word in {"a", "an", "one"}:
        return 1
    matched = _COUNT.fullmatch(word)
    return int(matched[1]) if matched and int(matched[1]) else None


# --- money --------------------------------------------------------------------------------------------------
def _stake(words: Words) -> Iterator[Phrase]:
    skipped = 1 if words[0] == "stake" else 0
    matched = _DOLLARS.fullmatch(_of(words, skipped))
    if matched:
        cents = int(matched[1].replace(",", "")) * 100 + int(matched[2] or 0)
        yield Phrase(length=skipped + 1, stake_cents=cents)


# --- times --------------------------------------------------------------------------------------------------
def _time(words: Words) -> Iterator[Phrase]:
    skipped = 1 if words[0] in {"at", "@", "by"} else 0
    for length, at_time in _clock_times(words[skipped:], may_be_bare=words[0] in {"at", "@"}):
        yield Phrase(length=skipped + length, time_of_day=at_time)


def _clock_times(words: Words, *, may_be_bare: bool) -> Iterator[tuple[int, time]]:
    word, then = _of(words, 0), _of(words, 1)
    if word == "noon":
        yield 1, time(12)
    if then in {"am", "pm"} and _half_day(word + then):
        yield 2, _half_day(word + then) or time()
    if half := _half_day(word):
        yield 1, half
    clock = _CLOCK.fullmatch(word) or (_HOUR.fullmatch(word) if may_be_bare else None)
    if clock and int(clock[1]) <= 23 and int(clock[clock.lastindex or 1]) <= 59:
        yield 1, time(int(clock[1]), int(clock[2]) if clock.lastindex == 2 else 0)


def _half_day(word: str) -> time | None:
    matched = _HALF_DAY.fullmatch(word)
    if not matched or not 1 <= int(matched[1]) <= 12 or int(matched[2] or 0) > 59:
        return None
    return time(int(matched[1]) % 12 + (12 if matched[3] == "p" else 0), int(matched[2] or 0))


# --- days ---------------------------------------------------------------------------------------------------
def _day(words: Words) -> Iterator[Phrase]:
    is_led = words[0] in {"on", "by", "due", "this", "next"}
    skipped = 1 if is_led and words[0] != "next" else 0
    for length, day, is_vague in _days(words[skipped:]):
        yield Phrase(length=skipped + length, day=day, is_vague=is_vague and not is_led)


def _days(words: Words) -> Iterator[tuple[int, DayOf, bool]]:
    """List readings as days: how many words, which day, whether it may be part of a title."""
    word, then = _of(words, 0), _of(words, 1)
    if word in {"today", "tonight"}:
        yield 1, lambda today, _: today, False
    if word == "tomorrow":
        yield 1, lambda today, _: today + timedelta(days=1), False
    if word in _WEEKDAYS:
        yield 1, weekday(_WEEKDAYS.index(word)), False
    if word in _SHORT_DAYS:
        yield 1, weekday(_SHORT_DAYS[word]), True
    if word == "next" and (following := _next(then)):
        yield 2, following, False
    if word == "the" and (ordinal := _ORDINAL.fullmatch(then)) and 1 <= int(ordinal[1]) <= 31:
        yield 2, month_day(int(ordinal[1])), True
    yield from _dates(words)


def _dates(words: Words) -> Iterator[tuple[int, DayOf, bool]]:
    iso = _ISO.fullmatch(_of(words, 0))
    if iso and (exact := _date(int(iso[1]), int(iso[2]), int(iso[3]))):
        yield 1, _exactly(exact), False
    for number, name in ((0, 1), (1, 0)):
        month = _MONTH_NUMBERS.get(_of(words, name), 0)
        day = _DAY_NUMBER.fullmatch(_of(words, number))
        if not month or not day or not _date(2000, month, int(day[1])):  # 2000 was a leap year
            continue
        yield 2, _yearly(month, int(day[1])), False
        year = _YEAR.fullmatch(_of(words, 2))
        if year and (dated := _date(int(year[1]), month, int(day[1]))):
            yield 3, _exactly(dated), False


def _exactly(day: date) -> DayOf:
    return lambda _today, _is_gone: day


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None


def weekday(number: int) -> DayOf:
    """Choose the next such day of the week, today while its time has not passed. number: 0 is Monday."""

    def choose(today: date, is_gone: IsGone) -> date:
        day = today + timedelta(days=(number - today.weekday()) % 7)
        return day + timedelta(days=7) if is_gone(day) else day

    return choose


def month_day(number: int) -> DayOf:
    """Choose the next such day of a month; in a shorter month its last day."""

    def choose(today: date, is_gone: IsGone) -> date:
        first = today.replace(day=1)
        days = (later(first, Pattern.MONTHLY, months, day_of_month=number) for months in range(3))
        return next(day for day in days if day >= today and not is_gone(day))

    return choose


def _yearly(month: int, number: int) -> DayOf:
    def choose(today: date, is_gone: IsGone) -> date:
        days = (_date(today.year + years, month, number) for years in range(9))  # 2096 to 2104 has no 29 Feb
        return next(day for day in days if day and day >= today and not is_gone(day))

    return choose


def _next(word: str) -> DayOf | None:
    """Read what stands after "next": a day of the week after this one, or the first day of a month."""
    if word in _WEEKDAYS or word in _SHORT_DAYS:
        number = _WEEKDAYS.index(word) if word in _WEEKDAYS else _SHORT_DAYS[word]
        return lambda today, _: today + timedelta(days=7 - today.weekday() + number)
    if word == "week":
        return lambda today, _: today + timedelta(days=7 - today.weekday())
    if word == "month":
        return lambda today, _: later(today.replace(day=1), Pattern.MONTHLY, 1)
    return None


def _from_now(words: Words) -> Iterator[Phrase]:
    count, unit = _count(_of(words, 1)), _singular(_of(words, 2))
    if words[0] != "in" or count is None:
        return
    if unit in _SECONDS:
        yield Phrase(length=3, delay=timedelta(seconds=count * _SECONDS[unit]))
    if unit in _UNITS:
        yield Phrase(length=3, day=lambda today, _: later(today, _UNITS[unit], count))


# --- rhythms ------------------------------------------------------------------------------------------------
def _repeat(words: Words) -> Iterator[Phrase]:
    if words[0] in _ADVERBS:
        yield Phrase(length=1, recurrence=Recurrence(_ADVERBS[words[0]]), is_vague=True)
    if words[0] not in {"every", "each"}:
        return
    word, then = _of(words, 1), _of(words, 2)
    if word in _UNITS:
        yield Phrase(length=2, recurrence=Recurrence(_UNITS[word]))
    interval = 2 if word == "other" else _count(word)
    if interval and interval <= MAX_RECURRENCE_INTERVAL and _singular(then) in _UNITS:
        yield Phrase(length=3, recurrence=Recurrence(_UNITS[_singular(then)], interval))
    yield from _repeated_days(word)


def _repeated_days(word: str) -> Iterator[Phrase]:
    """Read the day of "every friday" and "every 15th"."""
    number = _WEEKDAYS.index(word) if word in _WEEKDAYS else _SHORT_DAYS.get(word)
    if number is not None:
        yield Phrase(length=2, day=weekday(number), recurrence=Recurrence(Pattern.WEEKLY))
    ordinal = _ORDINAL.fullmatch(word)
    if ordinal and 1 <= int(ordinal[1]) <= 31:
        yield Phrase(length=2, day=month_day(int(ordinal[1])), recurrence=Recurrence(Pattern.MONTHLY))


_READERS: Final = (_repeat, _day, _from_now, _time, _stake)
