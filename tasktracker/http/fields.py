"""Strict serializer fields: a value of the right JSON type or a refusal, never a guess.

Source: reliability.md 6, "integers" and "NUL, lone surrogates, bad UTF-8". A dialect whose document reads
values more generously (progress, agents) uses DRF's own fields.
"""

import re
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers

from tasktracker.core.errors import NotFound
from tasktracker.core.ids import parse_id

LATEST_EPOCH_SECONDS: Final = (
    253_402_214_400  # 9999-12-31: the last day that every part of the system can hold
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


class WholeNumber(serializers.IntegerField):
    """A JSON number that is whole: 100, 100.0 and 1e2. Text and booleans are none."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """true or false, and nothing that only looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class EpochSeconds(WholeNumber):
    """Whole seconds since 1970, after it and before the year 10000; read as an aware UTC instant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LATEST_EPOCH_SECONDS, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        seconds = super().run_validation(data)
        return datetime.fromtimestamp(seconds, tz=UTC) if isinstance(seconds, int) else seconds


class Text(serializers.CharField):
    """Text of at most `max_length` characters without NUL or lone surrogates, taken as it is written."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Id(serializers.UUIDField):
    """One of our ids in its only spelling."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        try:
            return parse_id(data)
        except NotFound:
            self.fail("invalid", value=data)


class Day(serializers.DateField):
    """A day of the calendar as "2026-03-02", in no other spelling."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DD")


class Moment(serializers.DateTimeField):
    """An instant as "2026-03-02T09:00:00.000Z", or a wall time without an offset, which is left naive."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        try:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment
        except (ValueError, OverflowError):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")


class IdList(serializers.ListField):
    """A list of ids; with is_text_split, also one text with commas."""

    def __init__(self, *, is_text_split: bool = False, **options: Any) -> None:
        super().__init__(child=Id(), **options)
        self._is_text_split = is_text_split

    def to_internal_value(self, data: Any) -> list[UUID]:
        if self._is_text_split and isinstance(data, str):
            data = [part for part in data.split(",") if part]
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)
