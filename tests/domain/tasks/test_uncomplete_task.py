"""Undoing a completion: pending again, the newest completed occurrence invalidated."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task, Webhook
from tasks.operations.lifecycle import complete_task, uncomplete_task
from tasks.operations.moves import TaskArchived
from tasks.operations.shelving import archive_task
from tasks.rules.binding import DeadlinePassed, OwnerOnly, StakeBinds
from tasktracker.core.errors import NotFound
from tasktracker.core.states import StateConflict
from tests.domain.tasks.conftest import FAR, PAST, log_of, row_of, told

COMPLETED = {"status": "success", "completed_at": PAST}


def test_the_task_is_pending_and_its_newest_completion_invalidated(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    complete_task(principal=caller, task_id=task.pk, at=at)
    complete_task(principal=caller, task_id=task.pk, at=at + timedelta(hours=1))

    uncomplete_task(principal=caller, task_id=task.pk, at=at + timedelta(hours=2))

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("pending", None)
    assert log_of(task) == [("completed", "completion"), ("invalidated", "completion")]
    assert Occurrence.objects.get(status="invalidated").closed_at == at + timedelta(hours=1)
    assert told(webhook) == ["task.completed", "task.completed", "task.invalidated"]


def test_a_pending_task_has_nothing_to_undo(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    before = row_of(task)

    with pytest.raises(StateConflict):
        uncomplete_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_an_archived_task_stays_completed(task: Task, caller: Principal, at: datetime) -> None:
    complete_task(principal=caller, task_id=task.pk, at=at)
    archive_task(principal=caller, task_id=task.pk, at=at)
    before = row_of(task)

    with pytest.raises(TaskArchived):
        uncomplete_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_the_owner_reopens_a_staked_task_before_its_deadline(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task({"stake_cents": 500, "due_at": FAR, **COMPLETED})

    uncomplete_task(principal=caller, task_id=task.pk, at=at)

    task.refresh_from_db()
    assert task.status == "pending"


def test_a_settled_stake_stays_settled(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task({"stake_cents": 500, "due_at": at, **COMPLETED})
    before = row_of(task)

    with pytest.raises(DeadlinePassed) as refusal:
        uncomplete_task(principal=caller, task_id=task.pk, at=at)

    assert isinstance(refusal.value, StakeBinds)
    assert row_of(task) == before


def test_a_teammate_does_not_put_the_owners_stake_at_risk(
    make_task: Callable[..., Task],
    project: Project,
    teammate: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    task = make_task({"stake_cents": 500, "due_at": FAR, **COMPLETED}, project_id=project.pk)
    before = row_of(task)

    with pytest.raises(OwnerOnly):
        uncomplete_task(principal=principal_of(teammate), task_id=task.pk, at=at)

    assert row_of(task) == before


def test_an_outsider_finds_nothing(
    make_task: Callable[..., Task], outsider: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    task = make_task(COMPLETED)
    before = row_of(task)

    with pytest.raises(NotFound):
        uncomplete_task(principal=principal_of(outsider), task_id=task.pk, at=at)

    assert row_of(task) == before
