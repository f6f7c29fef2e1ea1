"""Making what a line says: a task with its deadline, its stake and its rhythm, in one transaction.

Reading the line is tasks/rules/quick_add.py.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.queries.accounts import lock_account
from accounts.rules.principal import Principal
from charges.operations.staking import create_staked_task
from tasks.models import Task
from tasks.operations.editing import create_task
from tasks.operations.todos import TodoChange, change_todo
from tasks.rules.deadlines import Due
from tasks.rules.quick_add import QuickTask
from tasks.rules.recurrence import Pattern, Recurrence

_DAYS: Final = {Pattern.DAILY: 1, Pattern.WEEKLY: 7}
_MONTHS: Final = {Pattern.MONTHLY: 1, Pattern.YEARLY: 12}


def add_quickly(
    *, principal: Principal, wanted: QuickTask, project_id: int | None = None, at: datetime
) -> Task:
    """Make the task that a line asks for; in the caller's Inbox unless a project is named.

    A rhythm of a staked task brings the stake back when its deadline has passed; one of any other task makes
    the next task when this one is completed (docs/adr/0054-quick-add.md).
    Raises Invalid, NoSuchProject, Forbidden; with a stake all that create_staked_task() raises.
    """
    if wanted.stake_cents is not None and wanted.due is not None and wanted.due.at is not None:
        return _staked(principal, wanted, wanted.due.at, wanted.stake_cents, project_id, at)
    due = wanted.due or Due()
    with transaction.atomic():
        lock_account(principal.user_id)  # before any task's, as everywhere
        task = create_task(
            principal=principal,
            title=wanted.title,
            due_at=due.at,
            is_all_day=due.is_all_day and due.at is not None,
            project_id=project_id,
            at=at,
        )
        if wanted.recurrence is not None:
            change = TodoChange(recurrence=wanted.recurrence)
            change_todo(principal=principal, task_id=task.pk, change=change, at=at)
    return task


def _staked(
    principal: Principal,
    wanted: QuickTask,
    due_at: datetime,
    stake_cents: int,
    project_id: int | None,
    at: datetime,
) -> Task:
    days, months = _steps(wanted.recurrence)
    return create_staked_task(
        principal=principal,
        title=wanted.title,
        due_at=due_at,
        is_all_day=bool(wanted.due and wanted.due.is_all_day),
        stake_cents=stake_cents,
        project_id=project_id,
        recurrence_days=days,
        recurrence_months=months,
        at=at,
    ).task


def _steps(rhythm: Recurrence | None) -> tuple[int | None, int | None]:
    """Say a rhythm in days or in calendar months."""
    if rhythm is None:
        return None, None
    if rhythm.pattern in _DAYS:
        return rhythm.interval * _DAYS[rhythm.pattern], None
    return None, rhythm.interval * _MONTHS[rhythm.pattern]
