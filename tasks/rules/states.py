"""Which status may follow which: the tables that core.states.advance obeys.

Who may ask for a change, and what else happens with it, stands in operations.
"""

from tasks.rules.vocabulary import OccurrenceStatus, Status
from tasktracker.core.states import Table

_OPEN = frozenset({
    Status.PENDING,
    Status.PRE_PROCESSING,
    Status.PROCESSING,
    Status.POST_PROCESSING,
    Status.ERROR,
    Status.STALE,
})  # fmt: skip

# A completed task may be completed again: that records one more completed occurrence (NS-06).
TASK: Table = {
    "complete": (_OPEN | {Status.SUCCESS}, Status.SUCCESS),
    "reopen": (frozenset({Status.SUCCESS}), Status.PENDING),
    "cancel": (_OPEN, Status.CANCELLED),
    # With a stake only; being cancelled by other means than ours is no way out of one.
    "expire": (_OPEN | {Status.CANCELLED}, Status.EXPIRED),
}

OCCURRENCE: Table = {
    "complete": (frozenset({OccurrenceStatus.PENDING}), OccurrenceStatus.COMPLETED),
    "skip": (frozenset({OccurrenceStatus.PENDING}), OccurrenceStatus.SKIPPED),
    "miss": (frozenset({OccurrenceStatus.PENDING}), OccurrenceStatus.MISSED),
    "invalidate": (frozenset({OccurrenceStatus.COMPLETED}), OccurrenceStatus.INVALIDATED),
}
