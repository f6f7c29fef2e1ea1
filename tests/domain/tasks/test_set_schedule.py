"""Schedules: set, replaced, cleared."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Schedule, Task
from tasks.operations.schedules import clear_schedule, set_schedule
from tasks.rules.schedule import LAST, Frequency, Plan
from tasktracker.core.errors import Invalid, NotFound

DAILY = Plan(Frequency.DAILY, 1, time(9), "UTC", anchor_date=date(2026, 3, 1))
PLANS = [
    DAILY,
    replace(DAILY, frequency=Frequency.EVERY_N_DAYS, interval=1000, run_limit=3),
    replace(DAILY, frequency=Frequency.WEEKLY, weekday=0, end_date=date(2026, 12, 31)),
    replace(DAILY, frequency=Frequency.MONTHLY_BY_DAY, month_day=31, time_zone="America/New_York"),
    replace(DAILY, frequency=Frequency.MONTHLY_BY_WEEKDAY, weekday=4, nth=LAST, time_of_day=time(23, 59)),
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.frequency)
def test_every_plan_comes_back_as_it_was_written(
    task: Task, caller: Principal, at: datetime, plan: Plan
) -> None:
    set_schedule(principal=caller, task_id=task.pk, plan=plan, at=at)

    assert Schedule.objects.get(task=task).plan == plan


def test_a_new_plan_takes_the_place_of_the_old_one(task: Task, caller: Principal, at: datetime) -> None:
    set_schedule(principal=caller, task_id=task.pk, plan=PLANS[1], at=at)
    Schedule.objects.update(run_count=2)

    set_schedule(principal=caller, task_id=task.pk, plan=DAILY, at=at)

    schedule = Schedule.objects.get()
    assert (schedule.plan, schedule.run_count) == (DAILY, 0)
    assert schedule.next_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_a_plan_that_never_fires_is_never_due(task: Task, caller: Principal, at: datetime) -> None:
    over = replace(DAILY, end_date=date(2026, 3, 1))

    assert set_schedule(principal=caller, task_id=task.pk, plan=over, at=at).next_at is None


def test_a_bad_plan_changes_nothing(task: Task, caller: Principal, at: datetime) -> None:
    set_schedule(principal=caller, task_id=task.pk, plan=DAILY, at=at)

    with pytest.raises(Invalid) as refusal:
        set_schedule(principal=caller, task_id=task.pk, plan=replace(DAILY, interval=0, weekday=1), at=at)

    assert {problem.field for problem in refusal.value.problems} == {"schedule.interval", "schedule.weekday"}
    assert Schedule.objects.get().plan == DAILY


def test_a_cleared_schedule_is_gone(task: Task, caller: Principal, at: datetime) -> None:
    set_schedule(principal=caller, task_id=task.pk, plan=DAILY, at=at)

    clear_schedule(principal=caller, task_id=task.pk, at=at)
    clear_schedule(principal=caller, task_id=task.pk, at=at)

    assert not Schedule.objects.exists()


def test_an_outsider_finds_nothing(
    task: Task, caller: Principal, outsider: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    set_schedule(principal=caller, task_id=task.pk, plan=DAILY, at=at)

    with pytest.raises(NotFound):
        set_schedule(principal=principal_of(outsider), task_id=task.pk, plan=PLANS[2], at=at)
    with pytest.raises(NotFound):
        clear_schedule(principal=principal_of(outsider), task_id=task.pk, at=at)

    assert Schedule.objects.get().plan == DAILY
