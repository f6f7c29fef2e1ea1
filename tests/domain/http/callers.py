"""Callers that count how often they were let through."""

from typing import Any

from tasktracker.core.errors import LimitExceeded
from tasktracker.http.ratelimit import Window, consume

MINUTE = Window("caller", 3, 60)


def let_through(counts: Any, calls: int, *wanted: Window) -> int:
    return sum(not counts.take(wanted) for _ in range(calls))


def count_passed(calls: int, *wanted: Window) -> int:
    passed = 0
    for _ in range(calls):
        try:
            consume(wanted)
        except LimitExceeded:
            continue
        passed += 1
    return passed
