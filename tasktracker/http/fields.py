"""Strict serializer fields: a value of the right JSON type or a refusal, never a guess.

Source: reliability.md 6, "integers" and "NUL, lone surrogates, bad UTF-8". A dialect whose document reads
values more generously (progress, agents) uses DRF's own fields.
"""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers

from tasktracker.core.errors import NotFound
from tasktracker.core.ids import parse_id

LATEST_EPOCH_SECONDS: Final = (
    253_402_214_400  # 9999-12-31: the last day that every part of the system can hold
)


class WholeNumber(serializers.IntegerField):
    """A JSON number that is whole: 100, 100.0 and 1e2. Text and booleans are none."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        return int(data)


class EpochSeconds(WholeNumber):
    """Whole seconds since 1970, after it and before the year 10000; read as an aware UTC instant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LATEST_EPOCH_SECONDS, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        seconds = super().run_validation(data)
        return datetime.fromtimestamp(seconds, tz=UTC) if isinstance(seconds, int) else seconds


class Flag(serializers.BooleanField):
    """true or false. Numbers and texts are neither."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


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
