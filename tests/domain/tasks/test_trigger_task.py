"""Triggering: one new pending occurrence, or a refusal that changes nothing."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task, Webhook
from tasks.operations.lifecycle import CannotBeTriggered, complete_task, trigger_task
from tasks.rules.binding import DeadlinePassed, OwnerOnly
from tasks.rules.vocabulary import Event
from tasktracker.core.errors import Forbidden, NotFound
from tasktracker.outbox.models import Delivery
from tests.domain.tasks.conftest import FAR, PAST, log_of, plan_of, row_of, told

STAKED = {"stake_cents": 500, "due_at": FAR}
COMPLETED = {"status": "success", "completed_at": PAST}


def test_a_trigger_makes_one_pending_occurrence(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)

    assert Occurrence.objects.filter(task=task).values().get() == {
        "id": occurrence.pk,
        "task_id": task.pk,
        "status": "pending",
        "source": "manual",
        "scheduled_for": None,
        "created_at": at,
        "closed_at": None,
    }
    assert told(webhook) == ["task.triggered"]


def test_the_payload_has_exactly_the_documented_keys(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=at.replace(microsecond=999_999))

    delivery = Delivery.objects.get()
    assert json.loads(delivery.payload) == {
        "event": "task.triggered",
        "task": {
            "id": str(task.pk),
            "name": "Water the plants",
            "url": f"{settings.TASKTRACKER_BASE_URL}/tasks/{task.pk}",
        },
        "delivered_at": "2026-03-02T12:00:00Z",
    }
    assert delivery.payload.startswith('{"event":"task.triggered","task":{"id":')
    assert (delivery.kind, delivery.account_id, delivery.endpoint) == (
        "webhook",
        task.owner_id,
        str(webhook.pk),
    )


def test_a_second_trigger_makes_the_first_occurrence_missed(
    task: Task, webhook: Webhook, caller: Principal, at: datetime
) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=at)
    trigger_task(principal=caller, task_id=task.pk, at=at + timedelta(minutes=1))

    assert log_of(task) == [("missed", "manual"), ("pending", "manual")]
    assert Occurrence.objects.get(status="missed").closed_at == at + timedelta(minutes=1)
    assert told(webhook) == ["task.triggered", "task.missed", "task.triggered"]


def test_one_event_has_one_id_for_all_webhooks(
    task: Task, make_webhook: Callable[..., Webhook], caller: Principal, at: datetime
) -> None:
    one, two = make_webhook(), make_webhook(Event.TASK_TRIGGERED)

    trigger_task(principal=caller, task_id=task.pk, at=at)

    ids = {delivery.endpoint: delivery.event_id for delivery in Delivery.objects.all()}
    assert ids.keys() == {str(one.pk), str(two.pk)}
    assert len(set(ids.values())) == 1


def test_only_enabled_subscribed_webhooks_of_the_owner_are_told(
    make_webhook: Callable[..., Webhook],
    make_task: Callable[..., Task],
    project: Project,
    teammate: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    task = make_task(project_id=project.pk)
    mine = make_webhook()
    make_webhook(is_enabled=False, disabled_reason="owner")
    make_webhook(Event.TASK_SKIPPED)
    make_webhook(user=teammate)

    trigger_task(principal=principal_of(teammate), task_id=task.pk, at=at)

    assert [delivery.endpoint for delivery in Delivery.objects.all()] == [str(mine.pk)]


def test_a_completed_task_is_reopened(task: Task, webhook: Webhook, caller: Principal, at: datetime) -> None:
    complete_task(principal=caller, task_id=task.pk, at=at)

    trigger_task(principal=caller, task_id=task.pk, at=at)

    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("pending", None)
    assert log_of(task) == [("completed", "completion"), ("pending", "manual")]
    assert told(webhook) == ["task.completed", "task.triggered"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"status": "cancelled"}, "A cancelled task cannot be triggered."),
        ({"status": "expired"}, "An expired task cannot be triggered."),
        ({"archived_at": PAST}, "An archived task cannot be triggered."),
        ({"stake_cents": 500, "due_at": PAST}, "A staked task cannot be triggered after its deadline."),
    ],
)
def test_what_is_over_is_refused_and_left_alone(
    make_task: Callable[..., Task],
    webhook: Webhook,
    caller: Principal,
    at: datetime,
    columns: dict[str, object],
    sentence: str,
) -> None:
    task = make_task(columns)
    before = row_of(task)

    with pytest.raises(CannotBeTriggered, match=sentence):
        trigger_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_the_owner_reopens_a_completed_staked_task_before_its_deadline(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task({**STAKED, **COMPLETED})

    trigger_task(principal=caller, task_id=task.pk, at=at)

    task.refresh_from_db()
    assert task.status == "pending"


@pytest.mark.parametrize("who", ["teammate", "project key"])
def test_nobody_else_reopens_a_completed_staked_task(
    make_task: Callable[..., Task],
    project: Project,
    owner: User,
    teammate: User,
    principal_of: Callable[..., Principal],
    at: datetime,
    who: str,
) -> None:
    task = make_task({**STAKED, **COMPLETED}, project_id=project.pk)
    before = row_of(task)
    key = principal_of(owner, kind="project_key", project_id=project.pk)

    with pytest.raises(OwnerOnly):
        trigger_task(principal=principal_of(teammate) if who == "teammate" else key, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_the_database_clock_decides_in_the_update(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    # A request that was held up: its own `at` is before the deadline, the clock at the UPDATE is not (P7).
    task = make_task({**COMPLETED, "stake_cents": 500, "due_at": at + timedelta(seconds=1)})
    before = row_of(task)

    with pytest.raises(DeadlinePassed):
        trigger_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(task) == before


def test_a_token_for_one_task_reaches_no_other(
    make_task: Callable[..., Task], owner: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    mine, other = make_task(), make_task()
    token = principal_of(owner, kind="triggers_token", scopes=frozenset({f"task:{mine.pk}"}))

    trigger_task(principal=token, task_id=mine.pk, at=at)
    with pytest.raises(Forbidden):
        trigger_task(principal=token, task_id=other.pk, at=at)

    assert log_of(other) == []


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"user"})])
def test_a_foreign_task_is_not_found(
    task: Task,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
    scopes: frozenset[str],
) -> None:
    with pytest.raises(NotFound):
        trigger_task(principal=principal_of(outsider, scopes=scopes), task_id=task.pk, at=at)

    assert log_of(task) == []


def test_a_foreign_task_in_the_scope_is_not_found(
    task: Task, outsider: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    token = principal_of(outsider, scopes=frozenset({f"task:{task.pk}"}))

    with pytest.raises(NotFound):
        trigger_task(principal=token, task_id=task.pk, at=at)


@pytest.mark.parametrize("is_absent", [True, False])
def test_an_absent_and_a_deleted_task_are_not_found(
    make_task: Callable[..., Task], caller: Principal, at: datetime, is_absent: bool
) -> None:
    task_id = UUID(int=1) if is_absent else make_task({"deleted_at": PAST}).pk

    with pytest.raises(NotFound):
        trigger_task(principal=caller, task_id=task_id, at=at)


def test_a_key_of_another_project_does_not_find_the_task(
    task: Task, project: Project, owner: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    key = principal_of(owner, kind="project_key", project_id=project.pk)

    with pytest.raises(NotFound):
        trigger_task(principal=key, task_id=task.pk, at=at)


def test_a_long_log_is_not_read(task: Task, caller: Principal, at: datetime) -> None:
    with CaptureQueriesContext(connection) as captured:
        trigger_task(principal=caller, task_id=task.pk, at=at)

    (missing,) = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
    assert "occurrence_one_pending" in plan_of(missing)


@pytest.mark.parametrize("webhooks", [1, 3])
def test_a_trigger_takes_few_statements(
    task: Task, make_webhook: Callable[..., Webhook], caller: Principal, at: datetime, webhooks: int
) -> None:
    for _ in range(webhooks):
        make_webhook()
    trigger_task(principal=caller, task_id=task.pk, at=at)

    with CaptureQueriesContext(connection) as captured:
        trigger_task(principal=caller, task_id=task.pk, at=at)

    # Look-up and lock, missed, occurrence, webhooks, deliveries; with the token check, 8 at most.
    statements = [query["sql"].split()[0] for query in captured]
    assert statements == ["SAVEPOINT", "SELECT", "UPDATE", "INSERT", "SELECT", "INSERT", "RELEASE"]
