"""The sweep: schedules that are due make one occurrence each, however late and however often it runs."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Schedule, Task, Webhook
from tasks.operations import sweeps
from tasks.operations.lifecycle import complete_task, trigger_task
from tasks.operations.schedules import clear_schedule, set_schedule
from tasks.operations.sweeps import make_due_occurrences
from tasks.rules.schedule import Frequency, Plan
from tasktracker.outbox.models import Delivery
from tests.domain.tasks.conftest import FAR, PAST, log_of, plan_of, row_of, told

DAILY = Plan(Frequency.DAILY, 1, time(9), "UTC", anchor_date=date(2026, 3, 1))
SLOT = datetime(2026, 3, 3, 9, tzinfo=UTC)  # the first one after the instant of the tests
DAY = timedelta(days=1)


@pytest.fixture
def daily(make_task: Callable[..., Task]) -> Task:
    """A task that comes round at nine every day."""
    return make_task(schedule=DAILY)


def next_at() -> datetime | None:
    return Schedule.objects.get().next_at


def test_a_due_schedule_makes_one_occurrence(daily: Task, webhook: Webhook) -> None:
    now = SLOT + timedelta(seconds=20)

    assert make_due_occurrences(now) == 1

    occurrence = Occurrence.objects.values().get()
    assert occurrence == {
        "id": occurrence["id"],
        "task_id": daily.pk,
        "status": "pending",
        "source": "schedule",
        "scheduled_for": SLOT,
        "created_at": now,
        "closed_at": None,
    }
    assert told(webhook) == ["task.triggered"]
    assert next_at() == SLOT + DAY


def test_two_ticks_in_a_minute_make_one_occurrence(daily: Task, webhook: Webhook) -> None:
    assert make_due_occurrences(SLOT) == 1
    assert make_due_occurrences(SLOT + timedelta(seconds=30)) == 0

    assert log_of(daily) == [("pending", "schedule")]
    assert told(webhook) == ["task.triggered"]


def test_a_second_too_early_makes_nothing(daily: Task) -> None:
    assert make_due_occurrences(SLOT - timedelta(seconds=1)) == 0

    assert log_of(daily) == []
    assert next_at() == SLOT


def test_five_days_of_downtime_make_one_occurrence_with_the_first_slot(daily: Task) -> None:
    assert make_due_occurrences(SLOT + 5 * DAY + timedelta(hours=1)) == 1

    assert Occurrence.objects.get().scheduled_for == SLOT
    assert next_at() == SLOT + 6 * DAY
    assert Schedule.objects.get().run_count == 1


def test_an_older_pending_occurrence_is_missed(daily: Task, webhook: Webhook) -> None:
    make_due_occurrences(SLOT)
    make_due_occurrences(SLOT + DAY)

    assert log_of(daily) == [("missed", "schedule"), ("pending", "schedule")]
    assert Occurrence.objects.get(status="missed").closed_at == SLOT + DAY
    assert told(webhook) == ["task.triggered", "task.missed", "task.triggered"]


def test_a_completed_task_is_reopened(daily: Task, webhook: Webhook, caller: Principal, at: datetime) -> None:
    complete_task(principal=caller, task_id=daily.pk, at=at)

    make_due_occurrences(SLOT)

    daily.refresh_from_db()
    assert (daily.status, daily.completed_at, daily.updated_at) == ("pending", None, SLOT)
    assert told(webhook) == ["task.completed", "task.triggered"]


def test_within_the_cooldown_the_occurrence_is_silent(
    make_task: Callable[..., Task], webhook: Webhook, caller: Principal
) -> None:
    task = make_task(schedule=DAILY, notification_cooldown_seconds=6 * 3600)
    complete_task(principal=caller, task_id=task.pk, at=SLOT - timedelta(hours=1))

    assert make_due_occurrences(SLOT) == 1

    assert log_of(task) == [("completed", "completion"), ("notification_cooldown", "schedule")]
    assert Occurrence.objects.get(status="notification_cooldown").closed_at == SLOT
    task.refresh_from_db()
    assert (task.status, task.completed_at) == ("success", SLOT - timedelta(hours=1))
    assert told(webhook) == ["task.completed"]
    assert next_at() == SLOT + DAY


def test_the_cooldown_ends(make_task: Callable[..., Task], webhook: Webhook, caller: Principal) -> None:
    task = make_task(schedule=DAILY, notification_cooldown_seconds=6 * 3600)
    complete_task(principal=caller, task_id=task.pk, at=SLOT - timedelta(hours=6))

    make_due_occurrences(SLOT)

    assert log_of(task) == [("completed", "completion"), ("pending", "schedule")]
    assert told(webhook) == ["task.completed", "task.triggered"]


def test_a_manual_trigger_knows_no_cooldown(
    make_task: Callable[..., Task], webhook: Webhook, caller: Principal
) -> None:
    task = make_task(schedule=DAILY, notification_cooldown_seconds=6 * 3600)
    complete_task(principal=caller, task_id=task.pk, at=SLOT - timedelta(hours=1))

    trigger_task(principal=caller, task_id=task.pk, at=SLOT)

    assert log_of(task) == [("completed", "completion"), ("pending", "manual")]
    assert told(webhook) == ["task.completed", "task.triggered"]


def test_a_silent_occurrence_leaves_a_pending_one_alone(
    make_task: Callable[..., Task], webhook: Webhook, caller: Principal
) -> None:
    task = make_task(schedule=DAILY, notification_cooldown_seconds=6 * 3600)
    complete_task(principal=caller, task_id=task.pk, at=SLOT - timedelta(hours=1))
    trigger_task(principal=caller, task_id=task.pk, at=SLOT - timedelta(minutes=1))

    make_due_occurrences(SLOT)

    assert log_of(task)[1:] == [("pending", "manual"), ("notification_cooldown", "schedule")]
    assert told(webhook) == ["task.completed", "task.triggered"]


def test_after_the_end_date_nothing_is_made(make_task: Callable[..., Task]) -> None:
    task = make_task(schedule=replace(DAILY, end_date=date(2026, 3, 3)))

    assert make_due_occurrences(SLOT) == 1
    assert make_due_occurrences(SLOT + 5 * DAY) == 0

    assert log_of(task) == [("pending", "schedule")]
    assert next_at() is None


def test_after_the_run_limit_nothing_is_made(make_task: Callable[..., Task]) -> None:
    task = make_task(schedule=replace(DAILY, run_limit=2))

    assert [make_due_occurrences(SLOT + days * DAY) for days in range(4)] == [1, 1, 0, 0]

    assert log_of(task) == [("missed", "schedule"), ("pending", "schedule")]
    assert (Schedule.objects.get().run_count, next_at()) == (2, None)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "cancelled"},
        {"status": "expired"},
        {"archived_at": PAST},
        {"stake_cents": 500, "due_at": PAST},
        {"stake_cents": 500, "due_at": FAR, "status": "success", "completed_at": PAST},
    ],
    ids=["cancelled", "expired", "archived", "past its deadline", "staked and completed"],
)
def test_the_slot_of_an_idle_task_goes_by(
    make_task: Callable[..., Task], webhook: Webhook, columns: dict[str, Any]
) -> None:
    task = make_task(columns, schedule=DAILY)
    before = row_of(task)

    assert make_due_occurrences(SLOT) == 0

    assert row_of(task) == before
    assert (Schedule.objects.get().run_count, next_at()) == (0, SLOT + DAY)


def test_a_deleted_task_is_never_looked_at_again(make_task: Callable[..., Task]) -> None:
    make_task({"deleted_at": PAST}, schedule=DAILY)

    assert make_due_occurrences(SLOT) == 0

    assert (Occurrence.objects.count(), next_at()) == (0, None)


def test_a_slot_is_not_made_again_for_a_schedule_that_was_set_anew(
    daily: Task, caller: Principal, at: datetime
) -> None:
    make_due_occurrences(SLOT)
    clear_schedule(principal=caller, task_id=daily.pk, at=at)
    set_schedule(principal=caller, task_id=daily.pk, plan=DAILY, at=at)

    assert make_due_occurrences(SLOT) == 0

    assert log_of(daily) == [("pending", "schedule")]
    assert next_at() == SLOT + DAY


def test_each_owner_hears_of_the_own_tasks_only(
    daily: Task,
    make_task: Callable[..., Task],
    make_webhook: Callable[..., Webhook],
    outsider: User,
    principal_of: Callable[..., Principal],
) -> None:
    theirs = make_task(principal=principal_of(outsider), title="Feed the cat", schedule=DAILY)
    webhooks = {daily: make_webhook(), theirs: make_webhook(user=outsider)}

    assert make_due_occurrences(SLOT) == 2

    for task, webhook in webhooks.items():
        delivery = Delivery.objects.get(endpoint=str(webhook.pk))
        assert json.loads(delivery.payload)["task"]["id"] == str(task.pk)
        assert (delivery.event, delivery.account_id) == ("task.triggered", task.owner_id)


def test_a_tick_with_nothing_due_is_one_statement(daily: Task) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert make_due_occurrences(SLOT - DAY) == 0

    (statement,) = [query["sql"] for query in captured]
    assert "schedule_due" in plan_of(statement)
    assert "ORDER BY" in statement  # or PostgreSQL, once it plans for any moment, reads the table through


def test_more_than_a_batch_is_done_in_one_sweep(
    make_task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "BATCH_SIZE", 2)
    for _ in range(5):
        make_task(schedule=DAILY)

    assert make_due_occurrences(SLOT) == 5
    assert make_due_occurrences(SLOT) == 0


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_statements_does_not_grow(
    make_task: Callable[..., Task], webhook: Webhook, caller: Principal, at: datetime, count: int
) -> None:
    for _ in range(count):
        task = make_task(schedule=DAILY, notification_cooldown_seconds=60)
        complete_task(principal=caller, task_id=task.pk, at=at)
        missing = make_task(schedule=DAILY)
        trigger_task(principal=caller, task_id=missing.pk, at=at)

    with CaptureQueriesContext(connection) as captured:
        assert make_due_occurrences(SLOT) == 2 * count

    # Django notes a statement that is run for many rows as "<n> times: <sql>".
    statements = [query["sql"].split("times: ")[-1].split()[0] for query in captured]
    assert statements == [
        "SELECT",  # is anything due
        "SAVEPOINT",
        "SELECT",  # the due schedules, locked with their tasks
        "SELECT",  # slots made before
        "SELECT",  # completions within the cooldown
        "SELECT",  # pending occurrences
        "UPDATE",  # of which are missed
        "UPDATE",  # completed tasks are reopened
        "SELECT",  # with their progress
        "SELECT",  # and their actions
        "SELECT",  # and the rules of their projects
        "INSERT",  # occurrences
        "SELECT",  # webhooks
        "INSERT",  # deliveries
        "UPDATE",  # next slots, one prepared statement
        "RELEASE",
    ]
