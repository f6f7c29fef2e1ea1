"""Completing one occurrence by its id, and the task with it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Task, Webhook
from tasks.operations.lifecycle import complete_occurrence, skip_occurrence, trigger_task
from tasks.rules.binding import DeadlinePassed
from tasktracker.core.errors import Forbidden, NotFound
from tasktracker.core.states import StateConflict
from tests.domain.tasks.conftest import PAST, log_of, row_of, told


def test_the_occurrence_and_its_task_are_completed(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)

    complete_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("success", at)
    assert log_of(task) == [("completed", "manual")]
    assert told(webhook) == ["task.triggered", "task.completed"]


def test_a_skipped_occurrence_cannot_be_completed(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)
    skip_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)
    before = row_of(task)

    with pytest.raises(StateConflict):
        complete_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)

    assert row_of(task) == before


def test_a_stake_whose_deadline_passed_keeps_its_occurrence_pending(
    task: Task, caller: Principal, at: datetime
) -> None:
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)
    Task.objects.filter(pk=task.pk).update(stake_cents=500, due_at=PAST)
    before = row_of(task)

    with pytest.raises(DeadlinePassed):
        complete_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)

    assert row_of(task) == before


def test_foreign_absent_and_out_of_scope(
    make_task: Callable[..., Task],
    caller: Principal,
    owner: User,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    task = make_task()
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)
    other = principal_of(owner, kind="triggers_token", scopes=frozenset({f"task:{make_task().pk}"}))
    before = row_of(task)

    with pytest.raises(NotFound):
        complete_occurrence(principal=principal_of(outsider), occurrence_id=occurrence.pk, at=at)
    with pytest.raises(NotFound):
        complete_occurrence(principal=caller, occurrence_id=UUID(int=1), at=at)
    with pytest.raises(Forbidden):
        complete_occurrence(principal=other, occurrence_id=occurrence.pk, at=at)

    assert row_of(task) == before
