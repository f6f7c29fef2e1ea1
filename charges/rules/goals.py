"""Beeminder goals that the text of a task names: `&goal` when it is made, `*goal` when it is done.

Source: stakes.md, "Beeminder".
"""

import re
from typing import Final

_GOAL: Final = re.compile(r"(?<!\S)([&*])([A-Za-z0-9_-]{1,100})(?![A-Za-z0-9_-])", flags=re.ASCII)
COMMENT_CHARACTERS: Final = 1000


def goals_on_creation(title: str, default: str) -> list[str]:
    """List the goals to which a new task counts: the account's default one, and those named."""
    return list(dict.fromkeys([*([default] if default else []), *_named(title, "&")]))


def goals_on_completion(title: str) -> list[str]:
    """List the goals to which a task counts when it is done."""
    return list(dict.fromkeys(_named(title, "*")))


def _named(title: str, sign: str) -> list[str]:
    return [goal for found, goal in _GOAL.findall(title) if found == sign]
