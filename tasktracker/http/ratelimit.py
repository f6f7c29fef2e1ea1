"""Limits on calls: exact, shared by all processes, and never an outage (reliability.md P17 and 4.8).

Guesses at passwords and codes do not belong here: the database counts them (accounts/operations/guesses.py).
"""

import os
from collections.abc import Sequence
from functools import cache

from django.conf import settings

from tasktracker.core.errors import LimitExceeded
from tasktracker.core.limits import scaled
from tasktracker.http.breaker import Breaker
from tasktracker.http.ratelimit_memory import MemoryCounts
from tasktracker.http.ratelimit_valkey import StoreAway, ValkeyCounts
from tasktracker.http.windows import Window, windows

__all__ = ["Window", "consume", "forget", "windows"]


def consume(windows: Sequence[Window]) -> None:
    """Count one call in all these windows, or refuse it and count it in none.

    Give all windows of a request at once: they are one round trip. No two may have the same key and length.
    Raises LimitExceeded, whose retry_after is when the last of the full windows has room.
    """
    if settings.TASKTRACKER_LIMIT_SCALE != 1:
        windows = [Window(window.key, scaled(window.count), window.seconds) for window in windows]
    wait = _counts(settings.TASKTRACKER_LIMIT_STORE_URL, settings.TASKTRACKER_WEB_PROCESSES).take(windows)
    if wait:
        raise LimitExceeded(wait)


class SurvivingCounts:
    """The store's counts while it answers, this process's share of each limit while it does not.

    What the store let through is noted here too: a store that dies hands out no fresh allowance.
    """

    def __init__(self, store: ValkeyCounts, own: MemoryCounts, breaker: Breaker) -> None:
        self._store = store
        self._own = own
        self._breaker = breaker

    def take(self, windows: Sequence[Window]) -> float:
        """Count one call in all windows, or in none. Returns 0, or the seconds until all have room."""
        if not self._breaker.allows():
            return self._own.take(windows)
        try:
            wait = self._store.take(windows)
        except StoreAway as problem:
            self._breaker.failed(problem)
            return self._own.take(windows)
        self._breaker.succeeded()
        if not wait:
            self._own.record(windows)
        return wait


@cache
def _counts(url: str, processes: int) -> MemoryCounts | SurvivingCounts:
    if not url:
        return MemoryCounts(processes)
    return SurvivingCounts(ValkeyCounts(url), MemoryCounts(processes), Breaker("limit store"))


def forget() -> None:
    """Forget what this process counted, and its connections. For tests, and for a process just forked."""
    _counts.cache_clear()


os.register_at_fork(after_in_child=forget)
