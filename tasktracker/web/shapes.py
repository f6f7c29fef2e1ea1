"""What people read for each canonical word, and how a schedule is said in a sentence.

Tables are total (a test proves it). HTML stands in templates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from charges.queries.timeline import Kind
from charges.rules.history import StepKind
from charges.rules.states import ChargeStatus
from tasks.queries.listing import Lane
from tasks.queries.tasks import Shown
from tasks.rules.quick_add import QuickTask
from tasks.rules.recurrence import Pattern
from tasks.rules.runs import RunStatus
from tasks.rules.schedule import LAST, Frequency, Plan
from tasks.rules.vocabulary import DisabledReason, Event, OccurrenceStatus, Status
from tasktracker.core.money import dollars
from tasktracker.web.filters import DueIn

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTHS: Final[Mapping[int, str]] = {
    1: "first",
    2: "second",
    3: "third",
    4: "fourth",
    5: "fifth",
    LAST: "last",
}


@dataclass(frozen=True)
class Word:
    """A status as people see it. tone: the badge's colour; icon: so that colour is not all there is."""

    text: str
    tone: str
    icon: str


_QUIET, _GOOD, _BAD, _BUSY, _WARM = (
    "badge-ghost",
    "badge-success",
    "badge-error",
    "badge-info",
    "badge-warning",
)

TASK_WORDS: Final[Mapping[str, Word]] = {
    Status.PENDING: Word("Open", _QUIET, "circle"),
    Status.PRE_PROCESSING: Word("Preparing", _BUSY, "play"),
    Status.PROCESSING: Word("Running", _BUSY, "play"),
    Status.POST_PROCESSING: Word("Finishing", _BUSY, "play"),
    Status.SUCCESS: Word("Done", _GOOD, "circle-check"),
    Status.ERROR: Word("Failed", _BAD, "circle-alert"),
    Status.CANCELLED: Word("Cancelled", _QUIET, "ban"),
    Status.STALE: Word("Stale", _WARM, "timer"),
    Status.EXPIRED: Word("Expired", _BAD, "circle-x"),
}
OCCURRENCE_WORDS: Final[Mapping[str, Word]] = {
    OccurrenceStatus.PENDING: Word("Waiting", _BUSY, "clock"),
    OccurrenceStatus.COMPLETED: Word("Done", _GOOD, "circle-check"),
    OccurrenceStatus.SKIPPED: Word("Skipped", _QUIET, "skip-forward"),
    OccurrenceStatus.MISSED: Word("Missed", _WARM, "circle-alert"),
    OccurrenceStatus.NOTIFICATION_COOLDOWN: Word("Quiet", _QUIET, "timer"),
    OccurrenceStatus.INVALIDATED: Word("Taken back", _QUIET, "undo-2"),
}
SOURCE_WORDS: Final[Mapping[str, str]] = {
    "schedule": "by its schedule",
    "manual": "triggered",
    "completion": "completed directly",
}
SHOWN_WORDS: Final[Mapping[str, str]] = {
    Shown.OPEN: "Open",
    Shown.RUNNING: "Running",
    Shown.FAILED: "Failed",
    Shown.COMPLETED: "Done",
    Shown.ARCHIVED: "Archived",
}
DUE_WORDS: Final[Mapping[str, str]] = {
    DueIn.ANY: "Due any time",
    DueIn.OVERDUE: "Overdue",
    DueIn.TODAY: "Due today",
    DueIn.WEEK: "Due in 7 days",
    DueIn.NONE: "No deadline",
}
LANE_WORDS: Final[Mapping[str, Word]] = {
    Lane.TO_DO: Word("To do", _QUIET, "circle"),
    Lane.RUNNING: Word("Running", _BUSY, "play"),
    Lane.STUCK: Word("Stuck", _BAD, "circle-alert"),
    Lane.DONE: Word("Done", _GOOD, "circle-check"),
}
DELIVERY_WORDS: Final[Mapping[str, Word]] = {
    "pending": Word("On its way", _BUSY, "send"),
    "delivered": Word("Delivered", _GOOD, "circle-check"),
    "failed": Word("Failed", _BAD, "circle-x"),
    "cancelled": Word("Cancelled", _QUIET, "ban"),
}
CHARGE_WORDS: Final[Mapping[str, Word]] = {
    ChargeStatus.RESERVED: Word("On its way", _BUSY, "clock"),
    ChargeStatus.NOTIFIED: Word("Announced", _WARM, "clock"),
    ChargeStatus.AUTHORISING: Word("Announced", _WARM, "clock"),
    ChargeStatus.AUTHORISED: Word("Held on the card", _WARM, "credit-card"),
    ChargeStatus.CAPTURING: Word("On its way", _BUSY, "credit-card"),
    ChargeStatus.CAPTURED: Word("Charged", _BAD, "credit-card"),
    ChargeStatus.DECLINED: Word("Declined", _QUIET, "ban"),
    ChargeStatus.CANCELLED: Word("Not charged", _QUIET, "ban"),
    ChargeStatus.LAPSED: Word("Not charged", _QUIET, "ban"),
    ChargeStatus.REFUNDED: Word("Given back", _GOOD, "undo-2"),
}
STEP_WORDS: Final[Mapping[str, str]] = {
    StepKind.MISSED: "The deadline passed",
    StepKind.UNCLED: "Given up on",
    StepKind.ASKED: "Asked for with your key",
    StepKind.MAILED: "Announced by mail",
    StepKind.HELD: "Held on the card",
    StepKind.TAKEN: "Charged",
    StepKind.POSTPONED: "The bank refused; it is asked again",
    StepKind.DECLINED: "The bank refused",
    StepKind.CONTESTED: "Contested: it stands still until a person has looked at it",
    StepKind.UPHELD: "A person upheld it: it goes on",
    StepKind.FORGIVEN: "A person forgave it",
    StepKind.REFUND_DECIDED: "A person decided to give it back",
    StepKind.REFUNDED: "Given back",
    StepKind.RELEASED: "The hold on the card was let go of",
    StepKind.LAPSED: "The hold on the card ran out",
    StepKind.CANCELLED: "Ended without a charge",
    StepKind.NEEDS_PERSON: "Waits for a person to look at it",
    StepKind.RESUMED: "A person set it going again",
    StepKind.WILL_HOLD: "Will be held on the card",
    StepKind.WILL_TAKE: "Will be charged",
}
RUN_WORDS: Final[Mapping[str, Word]] = {
    RunStatus.NOT_STARTED: Word("Not started", _QUIET, "circle"),
    RunStatus.QUEUED: Word("Queued", _WARM, "clock"),
    RunStatus.IN_PROGRESS: Word("Running", _BUSY, "play"),
    RunStatus.COMPLETED: Word("Completed", _GOOD, "circle-check"),
    RunStatus.FAILED: Word("Failed", _BAD, "circle-alert"),
    RunStatus.CANCELLED: Word("Cancelled", _QUIET, "ban"),
}
MOMENT_WORDS: Final[Mapping[int, Word]] = {
    Kind.MADE: Word("Made", _QUIET, "plus"),
    Kind.STARTED: Word("Started", _BUSY, "play"),
    Kind.ENDED: Word("Ended", _QUIET, "square"),
    Kind.ARCHIVED: Word("Archived", _WARM, "archive"),
}
CHANNEL_WORDS: Final[Mapping[str, Word]] = {
    "webhook": Word("Webhook", _QUIET, "webhook"),
    "mail": Word("Mail", _QUIET, "mail"),
    "push": Word("Push", _QUIET, "bell"),
    "data_point": Word("Data point", _QUIET, "trending-up"),
}
EVENT_WORDS: Final[Mapping[str, str]] = {
    Event.TASK_TRIGGERED: "a pending occurrence was made, by hand or by its schedule",
    Event.TASK_COMPLETED: "a task or an occurrence was completed",
    Event.TASK_SKIPPED: "an occurrence was skipped",
    Event.TASK_MISSED: "an occurrence was still pending when the next one came",
    Event.TASK_INVALIDATED: "a completion was taken back",
    Event.RUN_QUEUED: "a run waits for a runner",
    Event.RUN_COMPLETED: "a run ended well",
    Event.RUN_FAILED: "a run failed",
    Event.RUN_CANCELLED: "a run was cancelled",
}
REASON_WORDS: Final[Mapping[str, str]] = {
    DisabledReason.OWNER: "You switched it off.",
    DisabledReason.FAILING: "Every call of the last 5 days failed, so it was switched off.",
    DisabledReason.GONE: "Its receiver answered 410 Gone, so it was switched off.",
}


def schedule_sentence(plan: Plan) -> str:
    """Say when a plan fires: "Every 2 weeks on Monday at 09:00"."""
    return f"{_rhythm(plan)} at {plan.time_of_day:%H:%M}"


def _rhythm(plan: Plan) -> str:
    match plan.frequency:
        case Frequency.DAILY | Frequency.EVERY_N_DAYS:
            return _every(plan.interval, "day")
        case Frequency.WEEKLY:
            return f"{_every(plan.interval, 'week')} on {WEEKDAYS[plan.weekday or 0]}"
        case Frequency.MONTHLY_BY_DAY:
            return f"{_every(plan.interval, 'month')} on day {plan.month_day}"
        case Frequency.MONTHLY_BY_WEEKDAY:
            nth = NTHS[plan.nth or LAST]
            return f"{_every(plan.interval, 'month')} on the {nth} {WEEKDAYS[plan.weekday or 0]}"


def _every(interval: int, unit: str) -> str:
    return f"Every {unit}" if interval == 1 else f"Every {interval} {unit}s"


_RECURRENCE_UNITS: Final = {
    Pattern.DAILY: "day",
    Pattern.WEEKLY: "week",
    Pattern.MONTHLY: "month",
    Pattern.YEARLY: "year",
}


def recurrence_sentence(pattern: str, interval: int | None) -> str:
    """Say how a to-do comes again: "Every 2 weeks"."""
    return _every(interval or 1, _RECURRENCE_UNITS[Pattern(pattern)])


def quick_words(read: QuickTask, zone: ZoneInfo) -> list[Word]:
    """Say what was understood of a line beside its title, in the reader's zone."""
    words = []
    if read.due and read.due.at:
        form = "D j M Y" if read.due.is_all_day else "D j M Y, H:i"
        words.append(Word(f"due {date_format(read.due.at.astimezone(zone), form)}", _BUSY, "calendar"))
    if read.stake_cents is not None:
        words.append(Word(f"{dollars(read.stake_cents)} at stake", _WARM, "coins"))
    if read.recurrence:
        rhythm = recurrence_sentence(read.recurrence.pattern, read.recurrence.interval)
        words.append(Word(rhythm.lower(), _QUIET, "repeat"))
    return words


_PERIODS: Final = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def duration_words(seconds: int) -> str:
    """Say a length of time in its largest whole unit: "6 hours"."""
    unit, length = next((unit, length) for unit, length in _PERIODS if seconds % length == 0)
    count = seconds // length
    return f"{count} {unit}" + ("" if count == 1 else "s")


def size_words(size: int) -> str:
    """Say how large a file is: "312 bytes", "1.4 MiB"."""
    if size < 1024:
        return "1 byte" if size == 1 else f"{size} bytes"
    mebibytes = size / (1024 * 1024)
    return f"{mebibytes:.1f} MiB" if mebibytes >= 1 else f"{size / 1024:.1f} KiB"


_UNITS: Final = (("h", 3600), ("min", 60), ("s", 1))


def seconds_words(seconds: float) -> str:
    """Say a length of time in one unit, with at most one decimal: "3.5 min"."""
    unit, length = next((each for each in _UNITS if seconds >= each[1]), ("s", 1))
    return f"{round(seconds / length, 1):g} {unit}"


_LEFT: Final = (("day", 86400, 2), ("hour", 3600, 1), ("minute", 60, 1))


def time_left_words(left: timedelta) -> str:
    """Say how long there is, rounded down: days from two on, else hours, else minutes."""
    seconds = int(left.total_seconds())
    for unit, length, least in _LEFT:
        count = seconds // length
        if count >= least:
            return f"{count} {unit}{'' if count == 1 else 's'} left"
    return "less than a minute left" if seconds > 0 else "no time left"
