"""Which status of a run may follow which, and what follows from it for the task and those who are told.

Who may ask, and what is written with it, stands in operations. Source: agents.md A.5; README.md, "Runs".
"""

from collections.abc import Mapping
from typing import Final

from tasks.rules.runs import TERMINAL, PushKind, RunStatus
from tasks.rules.vocabulary import Event, Status
from tasktracker.core.states import Table

MOST_HAND_BACKS: Final = 3  # a run whose lease is lost once more has failed

_ALL: Final = frozenset(str(status) for status in RunStatus)
_QUEUED: Final = frozenset({str(RunStatus.QUEUED)})
_RUNNING: Final = frozenset({str(RunStatus.IN_PROGRESS)})

RUN: Final[Table] = {
    "start": (frozenset({str(RunStatus.NOT_STARTED)}) | _QUEUED, str(RunStatus.QUEUED)),
    "claim": (_QUEUED, str(RunStatus.IN_PROGRESS)),
    "hand back": (_RUNNING, str(RunStatus.QUEUED)),
    "give up": (_RUNNING, str(RunStatus.FAILED)),
    "cancel": (_ALL - {str(status) for status in TERMINAL}, str(RunStatus.CANCELLED)),
    "resume": (_ALL, str(RunStatus.QUEUED)),
    # What a client reports is taken as it is: any status after any other.
    **{str(status): (_ALL, str(status)) for status in RunStatus},
}

# What the task of its newest run becomes. A run that has not been asked to start says nothing of its task.
TASK_STATUS: Final[Mapping[str, Status]] = {
    RunStatus.QUEUED: Status.PENDING,
    RunStatus.IN_PROGRESS: Status.PROCESSING,
    RunStatus.COMPLETED: Status.SUCCESS,
    RunStatus.FAILED: Status.ERROR,
    RunStatus.CANCELLED: Status.PENDING,
}

END_EVENTS: Final[Mapping[str, Event]] = {
    RunStatus.COMPLETED: Event.RUN_COMPLETED,
    RunStatus.FAILED: Event.RUN_FAILED,
    RunStatus.CANCELLED: Event.RUN_CANCELLED,
}

END_NEWS: Final[Mapping[str, PushKind]] = {
    RunStatus.COMPLETED: PushKind.COMPLETED,
    RunStatus.FAILED: PushKind.FAILED,
    RunStatus.CANCELLED: PushKind.CANCELLED,
}


def is_over(status: str) -> bool:
    """Tell whether a run has ended."""
    return status in TERMINAL


def after_lost_lease(hand_backs: int) -> str:
    """Say what becomes of a run whose runner fell silent, by how often that has happened before."""
    return "hand back" if hand_backs < MOST_HAND_BACKS else "give up"
