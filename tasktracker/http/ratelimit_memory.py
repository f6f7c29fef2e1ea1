"""Calls counted inside this process: the embedded form's limits, and everybody's while the store is away.

The same sliding log as in ratelimit_valkey.py: of each key its newest calls, as many as its count.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from threading import Lock

from tasktracker.http.windows import Window

# Some 20 MB and 40 MB. Beyond either, the key that was quiet for longest is forgotten.
MOST_CALLS = 500_000
MOST_KEYS = 50_000

_NANOSECONDS = 1_000_000_000
_Log = deque[int]


class MemoryCounts:
    """Exact sliding windows behind one lock. Clock: monotonic, in whole nanoseconds.

    processes: the limit is shared out among so many processes that cannot see each other's calls.
    """

    def __init__(self, processes: int = 1, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._processes = processes
        self._clock = clock
        self._lock = Lock()
        self._logs: OrderedDict[tuple[str, int], _Log] = OrderedDict()  # the quietest key first
        self._kept = 0

    def take(self, windows: Sequence[Window]) -> float:
        """Count one call in all windows, or in none. Returns 0, or the seconds until all have room."""
        with self._lock:
            now = self._clock()
            wait = max((self._wait(window, now) for window in windows), default=0)
            if wait <= 0:
                self._add(windows, now)
                return 0
        return wait / _NANOSECONDS

    def record(self, windows: Sequence[Window]) -> None:
        """Count a call that was let through elsewhere."""
        with self._lock:
            self._add(windows, self._clock())

    def _share(self, window: Window) -> int:
        return max(1, window.count // self._processes)

    def _wait(self, window: Window, now: int) -> int:
        log = self._logs.get((window.key, window.seconds))
        share = self._share(window)
        if log is None or len(log) < share:
            return 0
        return log[-share] + window.seconds * _NANOSECONDS - now

    def _add(self, windows: Sequence[Window], now: int) -> None:
        logs = self._logs
        for window in windows:
            key = (window.key, window.seconds)
            if key in logs:
                logs.move_to_end(key)
            else:
                logs[key] = deque()
            log = logs[key]
            log.append(now)
            self._kept += 1
            share = self._share(window)
            while len(log) > share:
                log.popleft()
                self._kept -= 1
        while self._kept > MOST_CALLS or len(self._logs) > MOST_KEYS:
            _, forgotten = self._logs.popitem(last=False)
            self._kept -= len(forgotten)
