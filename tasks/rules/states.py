"""Which status may follow which: the tables that core.states.advance obeys.

Who may ask for a change, and what else happens with it, stands in operations.
"""

from tasks.rules.progress import CAN_GO_STALE, REPORTABLE
from tasks.rules.vocabulary import ActionStatus, OccurrenceStatus, Status
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
    "finish": (_OPEN, Status.SUCCESS),  # with its parent
    "reopen": (frozenset({Status.SUCCESS}), Status.PENDING),
    "cancel": (_OPEN, Status.CANCELLED),
    "go stale": (CAN_GO_STALE, Status.STALE),
    # With a stake only; being cancelled by other means than ours is no way out of one.
    "expire": (_OPEN | {Status.CANCELLED}, Status.EXPIRED),
}

# What a job runner reports of a task: any status after any other, nothing is final to it (progress.md B2).
REPORTED: Table = {status: (frozenset(REPORTABLE), status) for status in REPORTABLE}

OCCURRENCE: Table = {
    "complete": (frozenset({OccurrenceStatus.PENDING}), OccurrenceStatus.COMPLETED),
    "skip": (frozenset({OccurrenceStatus.PENDING}), OccurrenceStatus.SKIPPED),
    "miss": (frozenset({OccurrenceStatus.PENDING}), OccurrenceStatus.MISSED),
    "invalidate": (frozenset({OccurrenceStatus.COMPLETED}), OccurrenceStatus.INVALIDATED),
}

ACTION: Table = {
    "cancel": (frozenset({ActionStatus.ACTIVE}), ActionStatus.CANCELLED),
}
