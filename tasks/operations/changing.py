"""Changing a task as a whole: its words, its schedule and where it stands, all of it or nothing.

The single changes are editing.py, schedules.py and placing.py; notes of its owner's list are todos.py.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.rules.principal import Principal
from tasks.models import Agenda, Schedule, Task
from tasks.operations.editing import chosen_project_id, edit_task, locked_parent
from tasks.operations.placing import place_task
from tasks.operations.schedules import clear_schedule, start_schedule
from tasks.rules.schedule import Plan
from tasktracker.core.unset import UNSET, Unset


@dataclass(frozen=True, kw_only=True)
class TaskChange:
    """What is wanted of a task; UNSET stays as it is.

    due_at: an instant; None = no deadline. schedule: None = by hand only. project_id: None = the Inbox.
    parent_id: None = of its own.
    """

    title: str | Unset = UNSET
    description: str | Unset = UNSET
    due_at: datetime | Unset | None = UNSET
    notification_cooldown_seconds: int | Unset | None = UNSET
    schedule: Plan | Unset | None = UNSET
    project_id: int | Unset | None = UNSET
    parent_id: UUID | Unset | None = UNSET


def change_task(*, principal: Principal, task_id: UUID, change: TaskChange, at: datetime) -> None:
    """Change a task.

    A schedule that is the same as before goes on as it was: its first day and its runs stay.
    Raises NotFound, Forbidden, Invalid (problems on these names, schedule's as "schedule.<field>"),
    BadParent, NoSuchProject, StakeBinds, OwnerOnly. Nothing is changed then.
    """
    with transaction.atomic():
        if isinstance(change.parent_id, UUID):
            locked_parent(principal, change.parent_id)  # a parent's lock comes before its sub-task's
        task = edit_task(
            principal=principal,
            task_id=task_id,
            title=change.title,
            description=change.description,
            due_at=change.due_at,
            is_all_day=UNSET if isinstance(change.due_at, Unset) else False,
            notification_cooldown_seconds=change.notification_cooldown_seconds,
            at=at,
        )
        _place(principal, task, change, at)
        if change.schedule is None:
            clear_schedule(principal=principal, task_id=task.pk, at=at)
        elif isinstance(change.schedule, Plan):
            _reschedule(task, change.schedule, at)


def _place(principal: Principal, task: Task, change: TaskChange, at: datetime) -> None:
    project_id: int | Unset = UNSET
    if not isinstance(change.project_id, Unset):
        project_id = chosen_project_id(principal, change.project_id)
    place_task(task, parent_id=change.parent_id, project_id=project_id, at=at)
    if project_id is not UNSET:
        Agenda.objects.filter(pk=task.pk).update(section=None)  # of the project that it left


def _reschedule(task: Task, plan: Plan, at: datetime) -> None:
    known = Schedule.objects.filter(task=task).first()
    if known is None or replace(plan, anchor_date=known.anchor_date) != known.plan:
        start_schedule(task, plan, at)
