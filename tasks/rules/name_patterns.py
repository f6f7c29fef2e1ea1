"""Patterns for the names of jobs, written by users: RE2, which no pattern can keep busy for long.

Python's own `re` needs 23 s for `(a+)+$` on 29 characters (reliability.md M17).
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

from tasktracker.core.errors import Problem

MAX_PATTERN = 255
_MAX_BYTES = 1024 * 1024


def pattern_problems(pattern: str) -> Iterator[Problem]:
    """List what is wrong with a pattern; "" is one that fits every name."""
    if len(pattern) > MAX_PATTERN:
        yield Problem(
            "pattern", "max_length", f"Ensure this field has no more than {MAX_PATTERN} characters."
        )
        return
    try:
        _compiled(pattern)
    except re2.error:
        yield Problem("pattern", "invalid", "This is not a regular expression (RE2).")


def fits(pattern: str, name: str) -> bool:
    """Tell whether a pattern is found anywhere in a name."""
    return not pattern or _compiled(pattern).search(name) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_BYTES
    return re2.compile(pattern, options)
