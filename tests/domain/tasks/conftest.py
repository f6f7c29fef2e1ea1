"""Tasks, webhooks and what was told to them, for the tests of this folder."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task, Webhook
from tasks.operations.editing import create_task
from tasks.rules.vocabulary import Event
from tasktracker.core.sealing import seal
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW

FAR = datetime(2100, 1, 1, tzinfo=UTC)  # later than any clock that runs these tests
PAST = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    """The owner's own session."""
    return principal_of(owner)


@pytest.fixture
def make_task(caller: Principal) -> Callable[..., Task]:
    """Make a task of the owner's: make_task(title="Water the plants", project_id=...); columns= sets more."""

    def make(columns: dict[str, Any] | None = None, **values: Any) -> Task:
        values = {"principal": caller, "title": "Water the plants", "at": NOW, **values}
        task = create_task(**values)
        if columns:
            Task.objects.filter(pk=task.pk).update(**columns)
            task.refresh_from_db()
        return task

    return make


@pytest.fixture
def task(make_task: Callable[..., Task]) -> Task:
    """A pending task of the owner's, in the Inbox."""
    return make_task()


@pytest.fixture
def make_webhook(owner: User) -> Callable[..., Webhook]:
    """A webhook row of the owner's, subscribed to these events, or to all."""

    def make(*events: Event, user: User = owner, **columns: Any) -> Webhook:
        values: dict[str, Any] = {
            "url": "https://hooks.example.com/in",
            "events": [str(event) for event in events or tuple(Event)],
            "secret_sealed": seal(b"whsec_c2VjcmV0", purpose="webhook:test"),
            "created_at": NOW,
            "updated_at": NOW,
        }
        return Webhook.objects.create(user=user, **{**values, **columns})

    return make


@pytest.fixture
def webhook(make_webhook: Callable[..., Webhook]) -> Webhook:
    """The owner's webhook, subscribed to everything."""
    return make_webhook()


def told(webhook: Webhook) -> list[str]:
    """List the events on their way to a webhook, in the order in which they happened."""
    rows = Delivery.objects.filter(endpoint=str(webhook.pk)).order_by("pk")
    return list(rows.values_list("event", flat=True))


def log_of(task: Task) -> list[tuple[str, str]]:
    """List a task's occurrences, oldest first: what became of each, and what made it."""
    return list(Occurrence.objects.filter(task=task).order_by("pk").values_list("status", "source"))


def row_of(task: Task) -> dict[str, Any]:
    """Everything that is stored of a task and hangs on it: what a refusal must leave alone."""
    return {
        "task": Task.objects.filter(pk=task.pk).values().get(),
        "occurrences": list(Occurrence.objects.filter(task=task).order_by("pk").values()),
        "deliveries": Delivery.objects.count(),
    }


def plan_of(statement: str) -> str:
    """Return how the database finds the rows of a statement, when it minds to use its indexes."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a small table is read through otherwise
        word = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{word} {statement}")
        return str(cursor.fetchall())
