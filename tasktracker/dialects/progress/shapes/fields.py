"""Fields that read as generously as the REST framework's, and store nothing that cannot be read again.

Source: reliability.md 6 ("integers": plain ASCII text numbers pass here) and 4.9.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final

from rest_framework import serializers

_WHOLE = re.compile(r" *-?[0-9]{1,20}(\.0*)? *", re.ASCII)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)


class Whole(serializers.IntegerField):
    """A whole number; one in plain digits as text passes, a boolean does not."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or (isinstance(data, str) and not _WHOLE.fullmatch(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """An instant between 1970 and 9999, read as UTC where it names no zone."""

    def to_internal_value(self, data: Any) -> datetime:
        moment = super().to_internal_value(data).astimezone(UTC)
        if not _EARLIEST < moment <= _LATEST:
            self.fail("overflow")
        return moment
