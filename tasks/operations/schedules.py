"""Giving a task a schedule, changing it, and taking it away.

When a schedule fires is arithmetic (rules/schedule.py); firing it is sweeps.py.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.rules.principal import Principal
from tasks.models import Schedule, Task
from tasks.queries.tasks import locked
from tasks.rules.schedule import Plan, next_slot, validate
from tasktracker.core.errors import Invalid, Problem


def set_schedule(*, principal: Principal, task_id: UUID, plan: Plan, at: datetime) -> Schedule:
    """Let a task come round by this plan from now on, in place of the one it had; runs count anew.

    Raises NotFound, Forbidden, Invalid (problems named "schedule.<field>").
    """
    with transaction.atomic():
        return start_schedule(locked(principal, task_id), plan, at)


def clear_schedule(*, principal: Principal, task_id: UUID, at: datetime) -> None:
    """Let a task come round by hand only; one without a schedule stays so. Raises NotFound, Forbidden."""
    with transaction.atomic():
        task = locked(principal, task_id)
        Schedule.objects.filter(task=task).delete()
        Task.objects.filter(pk=task.pk).update(updated_at=at)


def start_schedule(task: Task, plan: Plan, at: datetime) -> Schedule:
    """Write a task's schedule inside the caller's transaction, due at its first slot after `at`.

    Raises Invalid.
    """
    problems = validate(plan)
    if problems:
        raise Invalid(*(Problem(f"schedule.{found.field}", found.code, found.detail) for found in problems))
    columns = {
        "frequency": plan.frequency,
        "interval": plan.interval,
        "time_of_day": plan.time_of_day,
        "time_zone": plan.time_zone,
        "anchor_date": plan.anchor_date,
        "weekday": plan.weekday,
        "month_day": plan.month_day,
        "nth": plan.nth,
        "end_date": plan.end_date,
        "run_limit": plan.run_limit,
        "run_count": 0,
        "next_at": next_slot(plan, at),
    }
    schedule, _ = Schedule.objects.update_or_create(task=task, defaults=columns)
    Task.objects.filter(pk=task.pk).update(updated_at=at)
    return schedule


def resume_schedule(task: Task, at: datetime) -> None:
    """Let the slots of an idle task that have gone by be gone: it goes on with the next one after `at`."""
    schedule = Schedule.objects.filter(task=task, next_at__lte=at).first()
    if schedule is not None:
        schedule.next_at = next_slot(schedule.plan, at)
        schedule.save(update_fields=["next_at"])
