"""Taking one completion back: the newest one reopens the task, an older one only changes the log."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task, Webhook
from tasks.operations.lifecycle import complete_task, invalidate_occurrence, trigger_task
from tasks.rules.binding import DeadlinePassed
from tasktracker.core.errors import NotFound
from tasktracker.core.states import StateConflict
from tests.domain.tasks.conftest import PAST, log_of, row_of, told


@pytest.fixture
def completions(task: Task, caller: Principal, at: datetime) -> list[Occurrence]:
    """Two completions of the task, oldest first."""
    complete_task(principal=caller, task_id=task.pk, at=at)
    complete_task(principal=caller, task_id=task.pk, at=at + timedelta(hours=1))
    return list(Occurrence.objects.order_by("closed_at"))


def test_the_newest_completion_reopens_the_task(
    task: Task, completions: list[Occurrence], webhook: Webhook, caller: Principal, at: datetime
) -> None:
    invalidate_occurrence(principal=caller, occurrence_id=completions[1].pk, at=at)

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("pending", None)
    assert log_of(task) == [("completed", "completion"), ("invalidated", "completion")]
    assert told(webhook) == ["task.invalidated"]


def test_an_older_completion_leaves_the_task_completed(
    task: Task, completions: list[Occurrence], webhook: Webhook, caller: Principal, at: datetime
) -> None:
    invalidate_occurrence(principal=caller, occurrence_id=completions[0].pk, at=at)

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("success", at + timedelta(hours=1))
    assert log_of(task) == [("invalidated", "completion"), ("completed", "completion")]
    assert told(webhook) == ["task.invalidated"]


def test_a_completion_before_a_trigger_leaves_the_task_pending(
    task: Task, completions: list[Occurrence], caller: Principal, at: datetime
) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=at)

    invalidate_occurrence(principal=caller, occurrence_id=completions[1].pk, at=at)

    task.refresh_from_db()
    assert task.status == "pending"
    assert log_of(task)[1:] == [("invalidated", "completion"), ("pending", "manual")]


def test_only_a_completion_can_be_taken_back(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)
    before = row_of(task)

    with pytest.raises(StateConflict):
        invalidate_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)

    assert row_of(task) == before


def test_the_completion_of_a_settled_stake_stands(
    task: Task, completions: list[Occurrence], caller: Principal, at: datetime
) -> None:
    Task.objects.filter(pk=task.pk).update(stake_cents=500, due_at=PAST)
    before = row_of(task)

    with pytest.raises(DeadlinePassed):
        invalidate_occurrence(principal=caller, occurrence_id=completions[1].pk, at=at)

    assert row_of(task) == before


def test_an_outsider_finds_nothing(
    task: Task,
    completions: list[Occurrence],
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    before = row_of(task)

    with pytest.raises(NotFound):
        invalidate_occurrence(principal=principal_of(outsider), occurrence_id=completions[1].pk, at=at)

    assert row_of(task) == before
