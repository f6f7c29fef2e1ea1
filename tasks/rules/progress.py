"""How far a task is for those who watch it run: words, percentage, moments, and the limits of what is said.

What actions fire at stands in triggers.py; which status may follow which in states.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tasks.rules.vocabulary import Status

# What a status is called by those who watch a task run: progress itself, its actions, its public page.
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
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)
MAX_JSON_BYTES: Final = 256 * 1024  # ruling "Size caps": free JSON fields


def percent_of(value: int | None, value_max: int) -> int | None:
    """Say how far a value is, in whole percent, rounded down; None where that means nothing.

    At most what JSON's readers take for a whole number.
    """
    if value is None or value_max == 0:
        return None
    return min(100 * value // value_max, MAX_VALUE)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a task stands: what triggers look at. status: one of WORDS."""

    value: int | None
    value_max: int
    status: str

    @property
    def percent(self) -> int | None:
        """How far it is, in whole percent; None where that means nothing."""
        return percent_of(self.value, self.value_max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A task with its progress, as one value. data: JSON as text. has_facet: a row of progress exists."""

    id: UUID
    parent_id: UUID | None
    project_id: int
    owner_id: int
    title: str
    status: str
    due_at: datetime | None
    stake_cents: int | None
    completed_at: datetime | None
    archived_at: datetime | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime
    project_slug: str
    organization_id: int
    organization_slug: str
    has_facet: bool = False
    value: int | None = None
    value_max: int = DEFAULT_VALUE_MAX
    data: str | None = None
    tags: Mapping[str, str]
    queue: str = ""
    external_id: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    time_to_start: timedelta | None = None
    max_runtime: int | None = None
    stale_timeout: int | None = None
    stale_check_at: datetime | None = None
    overrun_at: datetime | None = None

    @property
    def is_deleted(self) -> bool:
        """Whether it is gone, and kept for the log only."""
        return self.deleted_at is not None

    @property
    def word(self) -> str:
        """Its status, as those who watch it call it."""
        return WORDS[self.status]

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        return Standing(self.value, self.value_max, self.word)

    @property
    def percent(self) -> int | None:
        """How far it is, in whole percent; None where that means nothing."""
        return percent_of(self.value, self.value_max)


def moments_after(
    task: Tracked, *, status: str, said: Mapping[str, Any], at: datetime, is_new: bool = False
) -> dict[str, Any]:
    """Say which moments of a task's way change when it goes on to `status`, and with what was `said` of it.

    task: as it was. said: columns that the caller sets, which win over what would follow by itself.
    is_new: it has just been made, so its status counts as entered. Returns columns and their new values.
    """
    was = None if is_new else task.status
    changes: dict[str, Any] = {}
    is_entering = status in RUNNING and was not in RUNNING
    if is_entering and task.start_time is None:
        changes["start_time"] = at
    if status in TERMINAL and was != status:
        changes["end_time"] = at
    elif status not in TERMINAL and task.end_time is not None:
        changes["end_time"] = None
    if was in {None, Status.PENDING} and status != Status.PENDING and task.time_to_start is None:
        changes["time_to_start"] = max(at - task.created_at, timedelta())
    changes |= {name: said[name] for name in ("start_time", "end_time", "time_to_start") if name in said}
    changes["stale_check_at"] = _stale_check(task, status, said, at)
    changes["overrun_at"] = _overrun(task, status, {**changes, **said}, at, is_entering=is_entering)
    return changes


def is_silent(task: Tracked, at: datetime) -> bool:
    """Tell whether a task that runs, or waits to, has said nothing for longer than it may."""
    if task.status not in CAN_GO_STALE or task.stale_timeout is None:
        return False
    return at - task.updated_at > timedelta(seconds=task.stale_timeout)


def _stale_check(task: Tracked, status: str, said: Mapping[str, Any], at: datetime) -> datetime | None:
    """Say when to look whether it has fallen silent; an earlier look that is planned already is as good."""
    timeout = said.get("stale_timeout", task.stale_timeout)
    if status not in CAN_GO_STALE or timeout is None:
        return None
    if task.stale_check_at is not None and timeout == task.stale_timeout:
        return task.stale_check_at
    return later(at, timeout)


def _overrun(
    task: Tracked, status: str, said: Mapping[str, Any], at: datetime, *, is_entering: bool
) -> datetime | None:
    """Say when it has run for too long. Told once: planned anew only with a new run, start or limit."""
    most = said.get("max_runtime", task.max_runtime)
    if status not in RUNNING or most is None:
        return None
    start = said.get("start_time", task.start_time)
    if not is_entering and (most, start) == (task.max_runtime, task.start_time):
        return task.overrun_at
    is_again = is_entering and start == task.start_time  # after an end: counted from its new beginning
    return later(at if start is None or is_again else start, most)


def later(moment: datetime, seconds: int) -> datetime | None:
    """Add seconds to a moment; None beyond what can be stored, which is never."""
    return moment + timedelta(seconds=seconds) if _LATEST - moment > timedelta(seconds=seconds) else None
