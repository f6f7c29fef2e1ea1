"""A circuit breaker: after a failure, callers go without the broken part for a while instead of waiting.

What to do meanwhile does not belong here; each caller has its own way to go without.
"""

import logging
import time
from collections.abc import Callable
from threading import Lock

log = logging.getLogger(__name__)

PAUSE_SECONDS = 3.0


class Breaker:
    """Say whether a part may be tried. Shared by the threads of a process.

    name: for the logs. After failed() nobody may try for PAUSE_SECONDS; then one caller in every
    PAUSE_SECONDS may, until succeeded(). So a frozen part costs one request its time-out, not all of them.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._lock = Lock()
        self._is_away = False
        self._retry_at = 0.0

    def allows(self) -> bool:
        if not self._is_away:
            return True
        with self._lock:
            now = self._clock()
            if now < self._retry_at:
                return False
            self._retry_at = now + PAUSE_SECONDS  # this caller is the probe; the others wait for it
            return True

    def failed(self, reason: Exception) -> None:
        with self._lock:
            is_news, self._is_away = not self._is_away, True
            self._retry_at = self._clock() + PAUSE_SECONDS
        if is_news:
            log.warning("breaker.opened", extra={"part": self._name, "reason": repr(reason)})

    def succeeded(self) -> bool:
        """Note that the part answered. Returns whether it was away before."""
        if not self._is_away:
            return False
        with self._lock:
            was_away, self._is_away = self._is_away, False
        if was_away:
            log.warning("breaker.closed", extra={"part": self._name})
        return was_away
