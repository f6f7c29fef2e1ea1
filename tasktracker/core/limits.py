"""How far a limit from the settings reaches in this process's environment.

Counting does not belong here: calls are counted in http/ratelimit.py, guesses in the database (accounts).
"""

from django.conf import settings


def scaled(count: int) -> int:
    """Stretch a limit by TASKTRACKER_LIMIT_SCALE (1 but in development and load tests); at least 1."""
    return max(1, round(count * settings.TASKTRACKER_LIMIT_SCALE))
