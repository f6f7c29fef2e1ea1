"""The words of runs: an agent's attempts at a task. What they do to the task stands in operations.

Source: agents.md A.2, "TaskRun".
"""

from enum import StrEnum
from typing import Final

MAX_STAGE: Final = 100
MAX_BRANCH: Final = 255
MAX_RUNNER: Final = 100


class RunStatus(StrEnum):
    """How far a run is."""

    NOT_STARTED = "not_started"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL: Final = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})


class Environment(StrEnum):
    """Where a run runs: with whoever made it, or with a runner that claims it from the queue."""

    LOCAL = "local"
    CLOUD = "cloud"


class PushKind(StrEnum):
    """What the devices of a task's creator are told of a run. Source: agents.md A.7."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    AWAITING_INPUT = "awaiting_input"
