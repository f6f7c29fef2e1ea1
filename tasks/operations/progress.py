"""What job runners say of their tasks: making one, reporting on it, keeping it alive, cancelling it.

The previous values are read under the lock of the task's row, and what is set off is queued in the same
transaction (P25). Who else moves a status lets progress follow it (following.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection, transaction

from accounts.rules.principal import Principal
from tasks.models import Progress, Task
from tasks.operations.actions import NewAction, add_actions
from tasks.operations.editing import BadParent, create_task, edit_task
from tasks.operations.firing import Step, fire
from tasks.operations.monitors import check_in
from tasks.operations.reporting import report_status
from tasks.queries.progress import tracked_by_id, tracked_task
from tasks.queries.tasks import locked
from tasks.rules.progress import MAX_JSON_BYTES, Tracked, moments_after
from tasks.rules.vocabulary import Status
from tasktracker.core.errors import Conflict, Invalid, NotFound, Problem
from tasktracker.core.failpoints import failpoint
from tasktracker.core.unset import UNSET, Unset

_TOUCH = "UPDATE tasks_task SET updated_at = %s WHERE id = %s AND project_id = %s AND deleted_at IS NULL"
_FACET: Final = (
    *("value", "value_max", "data", "queue", "external_id"),
    *("start_time", "end_time", "time_to_start", "max_runtime", "stale_timeout"),
)


class TaskExpired(Conflict):
    """The deadline of a staked task has passed without it: its status never changes again."""

    default_message = "An expired task keeps its status."


class ParentIsSet(Invalid):
    """A task keeps the parent that it has."""

    def __init__(self) -> None:
        super().__init__(Problem("parent_id", "invalid", "The parent of a task cannot be changed."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is said of a task; what is UNSET stays as it is.

    status: a canonical one but `expired`. data: JSON as text, replaces what was there; tags: added by name.
    actions: added.
    """

    name: str | Unset = UNSET
    status: str | Unset = UNSET
    value: int | Unset | None = UNSET
    value_max: int | Unset = UNSET
    data: str | Unset | None = UNSET
    tags: Mapping[str, str] | Unset = UNSET
    start_time: datetime | Unset | None = UNSET
    end_time: datetime | Unset | None = UNSET
    time_to_start: timedelta | Unset | None = UNSET
    max_runtime: int | Unset | None = UNSET
    stale_timeout: int | Unset | None = UNSET
    queue: str | Unset = UNSET
    external_id: str | Unset = UNSET
    parent_id: UUID | Unset | None = UNSET
    actions: tuple[NewAction, ...] = ()

    def facet(self, before: Tracked) -> dict[str, Any]:
        """List the columns that it sets in a task's facet. Raises Invalid: data or tags are too large."""
        said = {name: value for name in _FACET if (value := getattr(self, name)) is not UNSET}
        if not isinstance(self.tags, Unset):
            said["tags"] = {**before.tags, **self.tags}
        _require_small("data", (said.get("data") or "").encode())
        _require_small("tags", orjson.dumps(said.get("tags", {})))
        return said


_NOTHING = Report()


def track_task(
    *, principal: Principal, said: Report, at: datetime, monitor_id: UUID | None = None
) -> Tracked:
    """Make a task in the project of the caller's key, which its maker owns.

    said: with a name. monitor_id: whose run this is; an unknown one is logged, and nothing else.
    Raises Invalid (problems on these names, BadParent, `actions.<n>.<field>`).
    """
    with transaction.atomic():
        made = create_task(
            principal=principal,
            title="" if isinstance(said.name, Unset) else said.name,
            project_id=principal.project_id,
            parent_id=None if isinstance(said.parent_id, Unset) else said.parent_id,
            at=at,
        )
        task = _go_on(tracked_by_id(made.pk), said, principal, at, is_new=True)
        add_actions(task, said.actions, at)
        if monitor_id is not None:
            check_in(monitor_id=monitor_id, task=task, at=at)
        fire([Step(None, task)], at)
        failpoint("track.before_commit")
    return task


def report(*, principal: Principal, task_id: UUID, said: Report, at: datetime) -> Tracked:
    """Write down what is said of a task, and set off what it passes. Nothing said is a heartbeat.

    Any status may follow any other, but an expired one and one that a stake has settled: those stay, and the
    same status again is nothing new. Success is the task's completion, leaving it takes the completion back.
    Raises NotFound, Invalid (problems on these names), TaskExpired, StakeBinds, TaskArchived.
    Source: progress.md B1 to B4; README.md of the contract, "Settled questions".
    """
    if said == _NOTHING:
        return _beat(principal, task_id, at)
    with transaction.atomic():
        before = _held(principal, task_id, said, at)
        _rename(before, said, principal, at)
        _adopt(before, said, principal)
        after = _go_on(before, said, principal, at)
        add_actions(after, said.actions, at)
        fire([Step(before.standing, after)], at)
        failpoint("report.before_commit")
    return after


def cancel_tracked(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Cancel a task; one that is cancelled stays so.

    Raises NotFound, TaskExpired, StakeBinds, TaskArchived (it is completed and put away).
    """
    report(principal=principal, task_id=task_id, said=Report(status=Status.CANCELLED), at=at)


def _beat(principal: Principal, task_id: UUID, at: datetime) -> Tracked:
    """Note that a task lives. Two statements, and no transaction to wait for: it may come every second."""
    _touch(principal, task_id, at)
    return tracked_task(principal, task_id)


def _held(principal: Principal, task_id: UUID, said: Report, at: datetime) -> Tracked:
    """Lock a task by noting that it lives, then read it: a row that was waited for is read as it is now.

    One statement for both would see the facet as it was before the wait (PostgreSQL, READ COMMITTED).
    """
    parent_id = said.parent_id
    if isinstance(parent_id, UUID) and not Task.objects.filter(pk=task_id, parent_id=parent_id).exists():
        # Two tasks at once: always in the same order. A parent that it has already is not its to hold.
        family = Task.objects.filter(pk__in=[task_id, parent_id]).order_by("pk")
        list(family.select_for_update(no_key=True).values_list("pk"))
    _touch(principal, task_id, at)
    return tracked_task(principal, task_id)


def _touch(principal: Principal, task_id: UUID, at: datetime) -> None:
    """Write that a task was heard of, which locks its row. Raises NotFound."""
    project_id = principal.project_id
    if project_id is None:
        project_id = locked(principal, task_id).project_id
    key = task_id if connection.features.has_native_uuid_field else task_id.hex
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, [moment, key, project_id])
        if not cursor.rowcount:
            raise NotFound


def _rename(before: Tracked, said: Report, principal: Principal, at: datetime) -> None:
    if not isinstance(said.name, Unset) and said.name != before.title:
        edit_task(principal=principal, task_id=before.id, title=said.name, at=at)


def _adopt(before: Tracked, said: Report, principal: Principal) -> None:
    """Give a task the parent that it has not yet. Raises ParentIsSet, BadParent."""
    parent_id = said.parent_id
    if isinstance(parent_id, Unset) or parent_id == before.parent_id:
        return
    if before.parent_id is not None or parent_id is None:
        raise ParentIsSet
    if parent_id == before.id or Task.objects.filter(parent=before.id, deleted_at=None).exists():
        raise BadParent("nested", "A task with sub-tasks cannot be one.")
    try:
        parent = locked(principal, parent_id)
    except NotFound:
        raise BadParent("does_not_exist", "There is no such task.") from None
    if parent.parent_id is not None:
        raise BadParent("nested", "A sub-task cannot have sub-tasks.")
    Task.objects.filter(pk=before.id).update(parent=parent_id)


def _go_on(
    before: Tracked, said: Report, principal: Principal, at: datetime, *, is_new: bool = False
) -> Tracked:
    """Move the status and write the facet; returns the task as it is then."""
    status = before.status
    if not isinstance(said.status, Unset) and said.status != before.word:
        status = said.status
        _set_status(before, status, principal, at)
    columns = said.facet(before)
    columns |= moments_after(before, status=status, said=columns, at=at, is_new=is_new)
    _store(before, columns)
    return replace(
        before,
        status=status,
        title=before.title if isinstance(said.name, Unset) else said.name,
        parent_id=before.parent_id if isinstance(said.parent_id, Unset) else said.parent_id,
        completed_at=at if status == Status.SUCCESS != before.status else before.completed_at,
        updated_at=at,
        has_facet=True,
        **columns,
    )


def _store(before: Tracked, columns: dict[str, Any]) -> None:
    if not before.has_facet:
        Progress.objects.create(task_id=before.id, **columns)
        return
    changes = {name: value for name, value in columns.items() if getattr(before, name) != value}
    if changes:
        Progress.objects.filter(task=before.id).update(**changes)


def _set_status(before: Tracked, status: str, principal: Principal, at: datetime) -> None:
    if before.status == Status.EXPIRED:
        raise TaskExpired
    report_status(_row_of(before), status, principal=principal, at=at, is_whole=False)


def _row_of(task: Tracked) -> Task:
    """Make the row that moves need; nothing of it is saved."""
    return Task(
        id=task.id,
        project_id=task.project_id,
        owner_id=task.owner_id,
        parent_id=task.parent_id,
        title=task.title,
        status=task.status,
        due_at=task.due_at,
        stake_cents=task.stake_cents,
        completed_at=task.completed_at,
        archived_at=task.archived_at,
    )


def _require_small(field: str, json: bytes) -> None:
    if len(json) > MAX_JSON_BYTES:
        raise Invalid(Problem(field, "max_length", "This is larger than 256 KiB."))
