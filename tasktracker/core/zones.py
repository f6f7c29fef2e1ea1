"""The time zones that users may name, and the only door from a name to a ZoneInfo.

Rules about what happens at a local time do not belong here; they live with their owner.
"""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tasktracker.core.errors import Invalid, Problem

# Files of a zone database that describe this machine, or no place at all.
_NOT_PLACES = frozenset({"localtime", "posixrules", "Factory"})


class UnknownZone(Invalid):
    """The name is not that of a time zone."""

    code = "unknown_zone"

    def __init__(self) -> None:
        super().__init__(Problem("time_zone", "unknown_zone", "This is not a known time zone."))


@cache
def allowed_zones() -> frozenset[str]:
    """List the zone names that are accepted, spelled exactly as they must be spelled.

    Source: reliability.md 4.9. Read from the zone database once per process.
    """
    return frozenset(available_timezones() - _NOT_PLACES)


def zone(name: str) -> ZoneInfo:
    """Turn an accepted name into its zone.

    The name is looked up in the list first: ZoneInfo itself raises four unrelated classes on user
    text and opens files by it (reliability.md M14).
    Raises UnknownZone.
    """
    if name not in allowed_zones():
        raise UnknownZone
    return ZoneInfo(name)
