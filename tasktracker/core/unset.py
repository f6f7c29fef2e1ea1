"""The value that says "absent", so that None can keep meaning "null".

Nothing else belongs here.
"""

from enum import Enum
from typing import Final, TypeVar

Value = TypeVar("Value")
Other = TypeVar("Other")


class Unset(Enum):
    """The type of UNSET: `title: str | Unset = UNSET`."""

    UNSET = "unset"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET


def given(value: Value | Unset, otherwise: Other) -> Value | Other:
    """Return what was given, or the other where nothing was."""
    return otherwise if isinstance(value, Unset) else value
