"""The value that says "absent", so that None can keep meaning "null".

Nothing else belongs here.
"""

from enum import Enum
from typing import Final


class Unset(Enum):
    """The type of UNSET: `title: str | Unset = UNSET`."""

    UNSET = "unset"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
