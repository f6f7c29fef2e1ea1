"""Bodies of tasks, their stakes and their occurrences. Source: internal.md, "Shapes"."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings

from charges.queries.stakes import Stake, StakeStatus
from internal_api.shapes.reading import Body, BodyIn, Instant, Name, choice, instant, search_text
from internal_api.shapes.schedules import SCHEDULE, ScheduleIn, plan_of, schedule_out
from internal_api.shapes.showing import (
    ID,
    MOMENT,
    NUMBER,
    TEXT,
    YES_OR_NO,
    moment,
    or_null,
    page_of,
    thing,
    words,
)
from tasks.operations.changing import TaskChange
from tasks.rules.limits import (
    MAX_COOLDOWN_SECONDS,
    MAX_DESCRIPTION,
    MAX_STAKE_CENTS,
    MAX_TITLE,
    MIN_STAKE_CENTS,
)
from tasks.rules.payloads import task_url
from tasks.rules.progress import percent_of
from tasks.rules.vocabulary import OccurrenceStatus, Source, Status
from tasktracker.core.unset import UNSET
from tasktracker.http.body import Query
from tasktracker.http.fields import EpochSeconds, Id, Text, WholeNumber

_LARGEST_ID: Final = 2**63 - 1
_STATUSES: Final = tuple(str(status) for status in Status)
# Names of this dialect -> names of the domain.
_OTHER_NAMES: Final = {"name": "title"}


# --- what is read -------------------------------------------------------------------------------------------
class TaskChangesIn(BodyIn):
    name = Name(max_length=MAX_TITLE, required=False)
    description = Text(max_length=MAX_DESCRIPTION, required=False, allow_blank=True)
    due_at = Instant(required=False, allow_null=True)
    schedule = ScheduleIn(required=False, allow_null=True)
    notification_cooldown_seconds = WholeNumber(
        min_value=1, max_value=MAX_COOLDOWN_SECONDS, required=False, allow_null=True
    )
    project_id = WholeNumber(min_value=1, max_value=_LARGEST_ID, required=False, allow_null=True)
    parent_id = Id(required=False, allow_null=True)


class NewTaskIn(TaskChangesIn):
    name = Name(max_length=MAX_TITLE)


class StakeIn(BodyIn):
    cents = WholeNumber(min_value=MIN_STAKE_CENTS, max_value=MAX_STAKE_CENTS)
    due = EpochSeconds(required=False)


def new_task(body: object, at: datetime) -> Body:
    """Read the body of POST /tasks as keywords of create_task."""
    return _named(NewTaskIn.read(body), at)


def task_change(body: object, at: datetime) -> TaskChange:
    """Read the body of PATCH /tasks/:id; what was not sent stays."""
    return TaskChange(**_named(TaskChangesIn.read(body), at))


def _named(given: Body, at: datetime) -> Body:
    if given.get("schedule"):
        given["schedule"] = plan_of(given["schedule"], at)
    return {_OTHER_NAMES.get(name, name): value for name, value in given.items()}


def stake(body: object) -> Body:
    """Read the body of POST /tasks/:id/stake as keywords of put_stake."""
    given = StakeIn.read(body)
    return {"stake_cents": given["cents"], "due_at": given.get("due", UNSET)}


def filters(query: Query) -> Body:
    """Read the query of GET /tasks as keywords of owned_tasks. Raises Invalid."""
    status = choice(query, "status", _STATUSES)
    return {
        "status": Status(status) if status else None,
        "due_before": instant(query, "due_before"),
        "due_after": instant(query, "due_after"),
        "search": search_text(query),
    }


# --- what is shown ------------------------------------------------------------------------------------------
def task_out(stake: Stake) -> Body:
    """Show a task with everything of it."""
    task = stake.task
    schedule = getattr(task, "schedule", None)
    return {
        "id": str(task.pk),
        "name": task.title,
        "description": task.description,
        "status": task.status,
        "due_at": moment(task.due_at),
        "is_all_day": task.is_all_day,
        "completed_at": moment(task.completed_at),
        "archived_at": moment(task.archived_at),
        "stake": _stake_out(stake),
        "schedule": schedule_out(schedule.plan) if schedule else None,
        "next_occurrence_at": moment(schedule.next_at) if schedule else None,
        "pending_occurrence_id": str(task.pending_occurrence_id) if task.pending_occurrence_id else None,
        "progress": _progress_out(getattr(task, "progress", None)),
        "project": {"id": task.project_id, "name": task.project.name},
        "parent_id": str(task.parent_id) if task.parent_id else None,
        "url": task_url(settings.TASKTRACKER_BASE_URL, task.pk),
        "created_at": moment(task.created_at),
        "updated_at": moment(task.updated_at),
    }


def _stake_out(stake: Stake) -> Body | None:
    """Show what is at stake. due: seconds since 1970, as POST stake takes it."""
    due_at = stake.task.due_at
    if stake.task.stake_cents is None or due_at is None:
        return None
    return {
        "cents": stake.task.stake_cents,
        "due": int(due_at.timestamp()),
        "status": str(stake.status),
        "charge_status": stake.charge_status,
    }


def _progress_out(progress: Any) -> Body | None:
    if progress is None:
        return None
    percent = percent_of(progress.value, progress.value_max)
    return {"value": progress.value, "value_max": progress.value_max, "percent": percent}


def occurrence_out(occurrence: Any) -> Body:
    """Show one time that a task was to be done, or was done."""
    return {
        "id": str(occurrence.pk),
        "task_id": str(occurrence.task_id),
        "status": occurrence.status,
        "scheduled_for": moment(occurrence.scheduled_for),
        "created_at": moment(occurrence.created_at),
        "closed_at": moment(occurrence.closed_at),
        "source": occurrence.source,
    }


# --- for the OpenAPI document -------------------------------------------------------------------------------
TASK: Final = thing(
    id=ID,
    name=TEXT,
    description=TEXT,
    status=words(*_STATUSES),
    due_at=or_null(MOMENT),
    is_all_day=YES_OR_NO,
    completed_at=or_null(MOMENT),
    archived_at=or_null(MOMENT),
    stake=or_null(
        thing(
            cents={**NUMBER, "minimum": MIN_STAKE_CENTS},
            due=NUMBER,
            status=words(*(str(status) for status in StakeStatus)),
            charge_status=or_null({"type": "string", "enum": ["notified", "authorized", "captured", None]}),
        )
    ),
    schedule=or_null(SCHEDULE),
    next_occurrence_at=or_null(MOMENT),
    pending_occurrence_id=or_null(ID),
    progress=or_null(thing(value=or_null(NUMBER), value_max=NUMBER, percent=or_null(NUMBER))),
    project=thing(id=NUMBER, name=TEXT),
    parent_id=or_null(ID),
    url=TEXT,
    created_at=MOMENT,
    updated_at=MOMENT,
)
TASKS: Final = page_of(TASK)
OCCURRENCES: Final = page_of(
    thing(
        id=ID,
        task_id=ID,
        status=words(*(str(status) for status in OccurrenceStatus)),
        scheduled_for=or_null(MOMENT),
        created_at=MOMENT,
        closed_at=or_null(MOMENT),
        source=words(*(str(source) for source in Source)),
    )
)
