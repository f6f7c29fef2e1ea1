"""Putting tasks away: cancel, archive, unarchive and delete, none of which a stake allows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Schedule, Task
from tasks.operations.lifecycle import cancel_task, trigger_task
from tasks.operations.shelving import archive_task, delete_task, unarchive_task
from tasks.queries.tasks import reachable
from tasks.rules.binding import StakeBinds
from tasks.rules.schedule import Frequency, Plan
from tasktracker.core.errors import NotFound
from tasktracker.core.states import StateConflict
from tests.domain.tasks.conftest import FAR, PAST, log_of, row_of

DAILY = Plan(Frequency.DAILY, 1, time(9), "UTC", anchor_date=date(2026, 3, 1))
OPERATIONS = [cancel_task, archive_task, delete_task]
Operation = Callable[..., Any]


def test_a_cancelled_task_keeps_its_log(task: Task, caller: Principal, at: datetime) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=at)

    cancel_task(principal=caller, task_id=task.pk, at=at)

    task.refresh_from_db()
    assert (task.status, task.updated_at) == ("cancelled", at)
    assert log_of(task) == [("pending", "manual")]


@pytest.mark.parametrize("status", ["success", "expired", "cancelled"])
def test_what_is_over_cannot_be_cancelled(
    make_task: Callable[..., Task], caller: Principal, at: datetime, status: str
) -> None:
    task = make_task({"status": status, "completed_at": PAST if status == "success" else None})
    before = row_of(task)

    with pytest.raises(StateConflict):
        cancel_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_archiving_twice_keeps_the_first_moment(task: Task, caller: Principal, at: datetime) -> None:
    archive_task(principal=caller, task_id=task.pk, at=at)
    archive_task(principal=caller, task_id=task.pk, at=at + timedelta(days=1))

    task.refresh_from_db()
    assert (task.archived_at, task.updated_at) == (at, at)


def test_unarchiving_lets_the_slots_that_went_by_be_gone(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task(schedule=DAILY)
    archive_task(principal=caller, task_id=task.pk, at=at)

    unarchive_task(principal=caller, task_id=task.pk, at=at + timedelta(days=5))

    task.refresh_from_db()
    assert task.archived_at is None
    assert Schedule.objects.get().next_at == datetime(2026, 3, 8, 9, tzinfo=UTC)


def test_unarchiving_what_is_not_archived_changes_nothing(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task(schedule=DAILY)
    before = row_of(task)

    unarchive_task(principal=caller, task_id=task.pk, at=at + timedelta(days=5))

    assert row_of(task) == before
    assert Schedule.objects.get().next_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_a_deleted_task_is_gone_with_its_children_and_never_fires(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task(schedule=DAILY)
    child = make_task(parent_id=task.pk)

    delete_task(principal=caller, task_id=task.pk, at=at)

    for gone in (task, child):
        with pytest.raises(NotFound):
            reachable(caller, gone.pk)
    assert list(Task.objects.values_list("deleted_at", flat=True)) == [at, at]
    assert Schedule.objects.get().next_at is None
    with pytest.raises(NotFound):
        delete_task(principal=caller, task_id=task.pk, at=at)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("due_at", [PAST, FAR])
def test_an_open_stake_binds(
    make_task: Callable[..., Task], caller: Principal, at: datetime, operation: Operation, due_at: datetime
) -> None:
    task = make_task({"stake_cents": 500, "due_at": due_at})
    before = row_of(task)

    with pytest.raises(StakeBinds):
        operation(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_a_bound_child_keeps_its_parent(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    parent = make_task()
    child = make_task({"stake_cents": 500, "due_at": FAR}, parent_id=parent.pk)
    before = [row_of(parent), row_of(child)]

    with pytest.raises(StakeBinds):
        delete_task(principal=caller, task_id=parent.pk, at=at)

    assert [row_of(parent), row_of(child)] == before


@pytest.mark.parametrize("operation", [archive_task, delete_task])
@pytest.mark.parametrize("status", ["success", "expired"])
def test_a_decided_stake_does_not_bind(
    make_task: Callable[..., Task], caller: Principal, at: datetime, operation: Operation, status: str
) -> None:
    task = make_task(
        {
            "stake_cents": 500,
            "due_at": FAR,
            "status": status,
            "completed_at": PAST if status == "success" else None,
        }
    )

    operation(principal=caller, task_id=task.pk, at=at)

    task.refresh_from_db()
    assert at in {task.archived_at, task.deleted_at}


@pytest.mark.parametrize("operation", [*OPERATIONS, unarchive_task])
def test_an_outsider_finds_nothing(
    task: Task,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
    operation: Operation,
) -> None:
    before = row_of(task)

    with pytest.raises(NotFound):
        operation(principal=principal_of(outsider), task_id=task.pk, at=at)

    assert row_of(task) == before
