"""What the database itself refuses, on both databases, whoever writes."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Project, User
from tasks.models import Occurrence, Schedule, Task, Webhook
from tests.domain.tasks.conftest import FAR

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "done"},
        {"stake_cents": 99, "due_at": FAR},
        {"stake_cents": 100_000_000, "due_at": FAR},
        {"stake_cents": 500},
        {"status": "success"},
        {"completed_at": AT},
        {"notification_cooldown_seconds": 0},
    ],
    ids=repr,
)
def test_a_task(task: Task, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(**columns)


def test_a_task_is_not_its_own_parent(task: Task) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(parent=task)


@pytest.mark.parametrize("stake_cents", [100, 99_999_999])
def test_the_ends_of_the_range_of_stakes(task: Task, stake_cents: int) -> None:
    assert Task.objects.filter(pk=task.pk).update(stake_cents=stake_cents, due_at=FAR) == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "done", "closed_at": AT},
        {"source": "cron"},
        {"source": "schedule"},
        {"scheduled_for": AT},
        {"closed_at": AT},
        {"status": "completed"},
    ],
    ids=repr,
)
def test_an_occurrence(task: Task, columns: dict[str, Any]) -> None:
    values = {"source": "manual", "created_at": AT, **columns}

    with pytest.raises(IntegrityError), transaction.atomic():
        Occurrence.objects.create(task=task, **values)


def test_one_pending_occurrence_for_a_task(task: Task) -> None:
    Occurrence.objects.create(task=task, source="manual", created_at=AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        Occurrence.objects.create(task=task, source="manual", created_at=AT)


def test_one_occurrence_for_a_slot(task: Task) -> None:
    slot = {"source": "schedule", "scheduled_for": AT, "created_at": AT}
    Occurrence.objects.create(task=task, **slot)

    with pytest.raises(IntegrityError), transaction.atomic():
        Occurrence.objects.create(task=task, status="missed", closed_at=AT, **slot)


@pytest.mark.parametrize(
    "columns",
    [
        {"frequency": "yearly"},
        {"interval": 0},
        {"interval": 1001},
        {"weekday": 1},
        {"frequency": "weekly"},
        {"frequency": "weekly", "weekday": 7},
        {"frequency": "monthly_by_day"},
        {"frequency": "monthly_by_day", "month_day": 32},
        {"frequency": "monthly_by_weekday", "weekday": 1},
        {"frequency": "monthly_by_weekday", "weekday": 1, "nth": 6},
        {"end_date": date(2026, 2, 28)},
        {"run_limit": 0},
        {"run_limit": 2, "run_count": 3},
        {"run_count": -1},
    ],
    ids=repr,
)
def test_a_schedule(task: Task, columns: dict[str, Any]) -> None:
    values: dict[str, Any] = {
        "frequency": "daily",
        "time_of_day": time(9),
        "time_zone": "UTC",
        "anchor_date": date(2026, 3, 1),
        **columns,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        Schedule.objects.create(task=task, **values)


@pytest.mark.parametrize(
    "columns",
    [
        {"slug": "audit"},
        {"user": None},
        {"is_enabled": False},
        {"disabled_reason": "gone"},
        {"is_enabled": False, "disabled_reason": "bored"},
        {"previous_secret_sealed": "x"},
        {"previous_secret_until": AT},
    ],
    ids=repr,
)
def test_a_webhook(webhook: Webhook, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(**columns)


def test_a_webhook_belongs_to_an_account_or_to_a_project(
    webhook: Webhook, owner: User, project: Project
) -> None:
    ours = Webhook.objects.filter(pk=webhook.pk)

    for columns in (
        {"project": project},
        {"project": project, "slug": "audit"},
        {"user": None, "project": project},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ours.update(**columns)
    assert ours.update(user=None, project=project, slug="audit") == 1


def test_a_slug_names_one_webhook_of_a_project(webhook: Webhook, project: Project) -> None:
    Webhook.objects.update(user=None, project=project, slug="audit")
    columns = {"url": "https://example.com", "secret_sealed": "x", "created_at": AT, "updated_at": AT}

    with pytest.raises(IntegrityError), transaction.atomic():
        Webhook.objects.create(project=project, slug="audit", **columns)
