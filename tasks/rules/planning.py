"""The words of a person's own plan for a task: priorities, colours of tags, views of a project.

Where a task stands in the list is order.py; when it comes again is recurrence.py.
"""

import re
from enum import StrEnum
from typing import Final

MAX_TAG_NAME: Final = 50
MAX_COLOR: Final = 9
_COLOR = re.compile(r"#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", re.ASCII)


class Priority(StrEnum):
    """How much a task matters to its owner. None of them is the default."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class TagColor(StrEnum):
    """The colours that a tag can have."""

    BLUE = "blue"
    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"
    PURPLE = "purple"
    ORANGE = "orange"
    PINK = "pink"
    BROWN = "brown"
    GRAY = "gray"


# Those that a tag gets when nobody chooses; the other two are accepted (todo.md B.7, "tag colours").
OFFERED_COLORS: Final = tuple(color for color in TagColor if color not in {TagColor.BROWN, TagColor.GRAY})


class ViewMode(StrEnum):
    """How a project's tasks are laid out."""

    LIST = "list"
    BOARD = "board"
    CALENDAR = "calendar"


def is_color(text: str) -> bool:
    """Say whether `text` is a colour in hex, as style sheets write it: #rgb, #rgba, #rrggbb or #rrggbbaa."""
    return _COLOR.fullmatch(text) is not None
