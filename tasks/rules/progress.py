"""How far a job is: the words for its status, its percentage, and the limits of what it says of itself.

What actions fire at stands in triggers.py; which status may follow which in states.py.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from tasks.rules.vocabulary import Status

# What a job's status is called by those who watch it: progress itself, its actions, its public page.
# Source: README.md of the contract, "One task, six vocabularies".
WORDS: Final[Mapping[str, str]] = {
    Status.PENDING: "pending",
    Status.PRE_PROCESSING: "pre_processing",
    Status.PROCESSING: "processing",
    Status.POST_PROCESSING: "post_processing",
    Status.SUCCESS: "success",
    Status.ERROR: "error",
    Status.CANCELLED: "cancelled",
    Status.STALE: "stale",
    Status.EXPIRED: "error",
}
REPORTABLE: Final = tuple(str(status) for status in Status if status != Status.EXPIRED)

RUNNING: Final = frozenset({Status.PRE_PROCESSING, Status.PROCESSING, Status.POST_PROCESSING})
TERMINAL: Final = frozenset({Status.SUCCESS, Status.ERROR, Status.CANCELLED, Status.EXPIRED})
CAN_GO_STALE: Final = frozenset({Status.PENDING, *RUNNING})

MAX_NAME: Final = 255
MAX_VALUE: Final = 2**63 - 1
DEFAULT_VALUE_MAX: Final = 100
MAX_SECONDS: Final = 2**31 - 1
MAX_WAIT: Final = timedelta(seconds=MAX_SECONDS)
MAX_LABEL: Final = 255  # queue, external_id
MIN_TAG: Final = 2
MAX_TAG: Final = 255
MAX_JSON_BYTES: Final = 256 * 1024  # ruling "Size caps": free JSON fields


def percent_of(value: int | None, value_max: int) -> int | None:
    """Say how far a value is, in whole percent, rounded down; None where that means nothing."""
    if value is None or value_max == 0:
        return None
    return 100 * value // value_max
