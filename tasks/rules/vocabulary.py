"""The canonical words: every status, source and event that rows of tasks carry.

What a dialect calls them stands in its own shapes.py; which may follow which stands in states.py.
"""

from enum import StrEnum


class Status(StrEnum):
    """The canonical status of a task. Source: README.md of the contract, "One task, six vocabularies"."""

    PENDING = "pending"
    PRE_PROCESSING = "pre_processing"
    PROCESSING = "processing"
    POST_PROCESSING = "post_processing"
    SUCCESS = "success"
    ERROR = "error"
    CANCELLED = "cancelled"
    STALE = "stale"
    EXPIRED = "expired"


class OccurrenceStatus(StrEnum):
    """What became of one occurrence; only PENDING is open. Source: triggers.md C.2."""

    PENDING = "pending"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    MISSED = "missed"
    NOTIFICATION_COOLDOWN = "notification_cooldown"
    INVALIDATED = "invalidated"


class Source(StrEnum):
    """What made an occurrence: a schedule, a person's trigger, or a completion with none pending."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    COMPLETION = "completion"


class Event(StrEnum):
    """What webhooks can subscribe to. Source: README.md of the contract, "Webhook subscriptions"."""

    TASK_TRIGGERED = "task.triggered"
    TASK_COMPLETED = "task.completed"
    TASK_SKIPPED = "task.skipped"
    TASK_MISSED = "task.missed"
    TASK_INVALIDATED = "task.invalidated"
    RUN_QUEUED = "run.queued"
    RUN_COMPLETED = "run.completed"
    RUN_FAILED = "run.failed"
    RUN_CANCELLED = "run.cancelled"


TEST_EVENT = "webhook.test"  # sent on request only, so nobody can subscribe to it


class DisabledReason(StrEnum):
    """Why a webhook is off: its owner's wish, five days of failures, or a 410."""

    OWNER = "owner"
    FAILING = "failing"
    GONE = "gone"


class ActionStatus(StrEnum):
    """Whether an action still fires. One that has fired stays active: it may fire at other points."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
