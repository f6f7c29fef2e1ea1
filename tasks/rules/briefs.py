"""What may be written on an agent's brief. Source: agents.md A.2, "Task"."""

from enum import StrEnum
from typing import Final

MAX_REPOSITORY: Final = 255


class Origin(StrEnum):
    """Which product made a task."""

    ERROR_TRACKING = "error_tracking"
    EVAL_CLUSTERS = "eval_clusters"
    USER_CREATED = "user_created"
    AUTOMATION = "automation"
    SLACK = "slack"
    SUPPORT_QUEUE = "support_queue"
    SESSION_SUMMARIES = "session_summaries"
    SIGNAL_REPORT = "signal_report"
