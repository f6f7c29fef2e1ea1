"""Skipping: the occurrence passes, the task stays as it is."""

from collections.abc import Callable
from datetime import datetime

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task, Webhook
from tasks.operations.lifecycle import skip_occurrence, trigger_task
from tasks.rules.vocabulary import Event
from tasktracker.core.errors import NotFound
from tasktracker.core.states import StateConflict
from tests.domain.tasks.conftest import log_of, row_of, told


def test_a_webhook_for_skips_only_gets_exactly_one_delivery(
    task: Task, make_webhook: Callable[..., Webhook], caller: Principal, at: datetime
) -> None:
    webhook = make_webhook(Event.TASK_SKIPPED)
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)

    skip_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)
    trigger_task(principal=caller, task_id=task.pk, at=at)

    assert told(webhook) == ["task.skipped"]
    assert log_of(task) == [("skipped", "manual"), ("pending", "manual")]
    assert Occurrence.objects.get(status="skipped").closed_at == at
    task.refresh_from_db()
    assert task.status == "pending"


def test_it_cannot_be_skipped_twice(task: Task, webhook: Webhook, caller: Principal, at: datetime) -> None:
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)
    skip_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)
    before = row_of(task)

    with pytest.raises(StateConflict):
        skip_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)

    assert row_of(task) == before


def test_an_outsider_finds_nothing(
    task: Task, caller: Principal, outsider: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)

    with pytest.raises(NotFound):
        skip_occurrence(principal=principal_of(outsider), occurrence_id=occurrence.pk, at=at)

    assert log_of(task) == [("pending", "manual")]
