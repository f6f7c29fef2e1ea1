"""The names that are accepted as time zones, and those that never reach the zone database.

What happens at a local time is tested with its owner (tests/domain/tasks/test_schedule.py).
"""

from zoneinfo import ZoneInfo

import pytest

from tasktracker.core.errors import Invalid, Problem
from tasktracker.core.zones import UnknownZone, allowed_zones, zone


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+12"])
def test_known_name_becomes_its_zone(name: str) -> None:
    assert zone(name) == ZoneInfo(name)
    assert name in allowed_zones()


@pytest.mark.parametrize(
    "name",
    [
        # Not places, though ZoneInfo accepts them.
        *("localtime", "posixrules", "Factory"),
        # One of each class that ZoneInfo raises on user text, and other ways to name a file.
        *("", "Nowhere/Land", "Europe", "../../etc/passwd", "/etc/localtime", "a\0b", "x" * 5000),
        *(
            ".",
            "europe/berlin",
            " UTC",
            "UTC\n",
            "Europe//Berlin",
            "posix/UTC",
            "right/UTC",
            "\ud800",
        ),
        *("tzdata.zi", "zone.tab", "__init__.py", "Ünknown/Zöne"),
    ],
)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone) as refusal:
        zone(name)

    assert refusal.value.problems == (Problem("time_zone", "unknown_zone", "This is not a known time zone."),)
    assert isinstance(refusal.value, Invalid)
    assert not isinstance(refusal.value, KeyError)


def test_every_listed_name_opens() -> None:
    assert len(allowed_zones()) > 400

    assert {zone(name).key for name in allowed_zones()} == allowed_zones()
