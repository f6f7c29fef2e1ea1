"""Completing: the pending occurrence, or a new completed one; never after the deadline of a stake."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task, Webhook
from tasks.operations.lifecycle import complete_task, trigger_task
from tasks.rules.binding import DeadlinePassed
from tasktracker.core.errors import Forbidden, NotFound
from tasktracker.core.states import StateConflict
from tests.domain.tasks.conftest import FAR, PAST, log_of, row_of, told


def test_the_pending_occurrence_is_completed(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=at)

    complete_task(principal=caller, task_id=task.pk, at=at + timedelta(hours=1))

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("success", at + timedelta(hours=1))
    assert log_of(task) == [("completed", "manual")]
    assert Occurrence.objects.get().closed_at == at + timedelta(hours=1)
    assert told(webhook) == ["task.triggered", "task.completed"]


def test_with_none_pending_a_completed_occurrence_is_made(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    complete_task(principal=caller, task_id=task.pk, at=at)

    assert log_of(task) == [("completed", "completion")]
    assert told(webhook) == ["task.completed"]


def test_completing_twice_records_two_completions(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    complete_task(principal=caller, task_id=task.pk, at=at)
    complete_task(principal=caller, task_id=task.pk, at=at + timedelta(hours=1))

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("success", at + timedelta(hours=1))
    assert log_of(task) == [("completed", "completion"), ("completed", "completion")]
    assert told(webhook) == ["task.completed", "task.completed"]


@pytest.mark.parametrize("status", ["pre_processing", "processing", "post_processing", "error", "stale"])
def test_every_open_status_can_be_completed(
    make_task: Callable[..., Task], caller: Principal, at: datetime, status: str
) -> None:
    task = make_task({"status": status})

    complete_task(principal=caller, task_id=task.pk, at=at)

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("success", at)


@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_what_is_over_cannot_be_completed(
    make_task: Callable[..., Task], webhook: Webhook, caller: Principal, at: datetime, status: str
) -> None:
    task = make_task({"status": status})
    before = row_of(task)

    with pytest.raises(StateConflict):
        complete_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_a_staked_task_is_completed_before_its_deadline(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task({"stake_cents": 500, "due_at": FAR})

    complete_task(principal=caller, task_id=task.pk, at=at)

    task.refresh_from_db()
    assert task.status == "success"


@pytest.mark.parametrize("status", ["pending", "success"])
@pytest.mark.parametrize("late_by", [timedelta(), timedelta(days=1)])
def test_a_staked_task_is_not_completed_from_its_deadline_on(
    make_task: Callable[..., Task], caller: Principal, at: datetime, late_by: timedelta, status: str
) -> None:
    completed_at = PAST if status == "success" else None
    task = make_task(
        {"stake_cents": 500, "due_at": at - late_by, "status": status, "completed_at": completed_at}
    )
    before = row_of(task)

    with pytest.raises(DeadlinePassed):
        complete_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_the_database_clock_decides_in_the_update(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    # A request that was held up: its own `at` is before the deadline, the clock at the UPDATE is not (P7).
    task = make_task({"stake_cents": 500, "due_at": at + timedelta(seconds=1)})
    before = row_of(task)

    with pytest.raises(DeadlinePassed):
        complete_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_without_a_stake_a_late_completion_is_fine(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task({"due_at": PAST})

    complete_task(principal=caller, task_id=task.pk, at=at)

    task.refresh_from_db()
    assert task.status == "success"


def test_a_teammate_completes_and_an_outsider_finds_nothing(
    make_task: Callable[..., Task],
    project: Project,
    teammate: User,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    task = make_task(project_id=project.pk)

    with pytest.raises(NotFound):
        complete_task(principal=principal_of(outsider), task_id=task.pk, at=at)
    assert log_of(task) == []

    complete_task(principal=principal_of(teammate), task_id=task.pk, at=at)
    assert log_of(task) == [("completed", "completion")]


def test_a_token_for_another_task_is_forbidden(
    make_task: Callable[..., Task], owner: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    mine, other = make_task(), make_task()
    token = principal_of(owner, kind="triggers_token", scopes=frozenset({f"task:{mine.pk}"}))

    with pytest.raises(Forbidden):
        complete_task(principal=token, task_id=other.pk, at=at)

    assert log_of(other) == []
