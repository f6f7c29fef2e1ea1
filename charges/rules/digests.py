"""When the daily digest is due: at eight in the morning, where its reader lives."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tasktracker.core.zones import zone

_MORNING: Final = time(8)


def next_morning(after: datetime, time_zone: str) -> datetime:
    """Return the first eight o'clock after a moment, where the reader lives."""
    place: ZoneInfo = zone(time_zone)
    day = after.astimezone(place).date()
    today = datetime.combine(day, _MORNING, tzinfo=place)
    if today > after:
        return today
    return datetime.combine(day + timedelta(days=1), _MORNING, tzinfo=place)
