"""Windows: what a limit says, before anybody counts. `60 calls in 60 seconds, for this key`.

Counting does not belong here (ratelimit.py), nor do the numbers (settings.TASKTRACKER_LIMITS).
"""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Window:
    """At most `count` calls under `key` in any `seconds` in a row.

    Two windows of one key and length share their calls, whatever their counts. Both numbers are at least 1.
    """

    key: str
    count: int
    seconds: int


def windows(name: str, subject: object) -> tuple[Window, ...]:
    """Make the windows of the limit `name` of the settings for one subject: a user, a key, an address."""
    key = f"{name}:{subject}"
    return tuple(Window(key, count, seconds) for count, seconds in settings.TASKTRACKER_LIMITS[name])
