"""The log of a task, and what is done with one occurrence."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.operations.lifecycle import complete_task, trigger_task
from tests.conftest import NOW
from tests.dialects.mobile.conftest import (
    ABSENT,
    NOT_FOUND,
    Phone,
    body_of,
    error_of,
    everything,
    is_done,
    items,
    statements,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pending(owner: User, principal_of: Callable[..., Principal], task: Task) -> Occurrence:
    return trigger_task(principal=principal_of(owner), task_id=task.pk, at=NOW)


def test_the_whole_log_newest_first(phone: Phone, task: Task, pending: Occurrence) -> None:
    Occurrence.objects.create(
        task=task, status="missed", source="schedule", scheduled_for=NOW, created_at=NOW, closed_at=NOW
    )

    answer = body_of(phone.get(f"/tasks/{task.pk}/occurrences"))

    moment = "2026-03-02T12:00:00Z"
    newest, oldest = answer["data"]
    assert newest == {
        "id": newest["id"],
        "task_id": str(task.pk),
        "status": "missed",
        "scheduled_for": moment,
        "created_at": moment,
        "closed_at": moment,
        "source": "schedule",
    }
    assert oldest == {
        "id": str(pending.pk),
        "task_id": str(task.pk),
        "status": "pending",
        "scheduled_for": None,
        "created_at": moment,
        "closed_at": None,
        "source": "manual",
    }
    assert answer["meta"] == {"page": 1, "per_page": 25, "total": 2, "next_page": None}


@pytest.mark.parametrize(
    ("command", "occurrence", "task_status"),
    [("complete", "completed", "success"), ("skip", "skipped", "pending")],
)
def test_a_pending_one(
    phone: Phone, task: Task, pending: Occurrence, command: str, occurrence: str, task_status: str
) -> None:
    assert is_done(phone.post(f"/occurrences/{pending.pk}/{command}"))

    (shown,) = items(phone.get(f"/tasks/{task.pk}/occurrences"))
    assert (shown["status"], shown["closed_at"] is None) == (occurrence, False)
    assert body_of(phone.get(f"/tasks/{task.pk}"))["status"] == task_status


def test_a_completion_is_taken_back(
    phone: Phone, owner: User, principal_of: Callable[..., Principal], task: Task
) -> None:
    complete_task(principal=principal_of(owner), task_id=task.pk, at=NOW)
    occurrence = Occurrence.objects.get()

    assert is_done(phone.post(f"/occurrences/{occurrence.pk}/invalidate"))

    (shown,) = items(phone.get(f"/tasks/{task.pk}/occurrences"))
    assert (shown["status"], shown["source"]) == ("invalidated", "completion")
    assert body_of(phone.get(f"/tasks/{task.pk}"))["status"] == "pending"


CLOSED = ["completed", "skipped", "missed", "notification_cooldown", "invalidated"]
IMPOSSIBLE = [
    (status, command)
    for status in CLOSED
    for command in ("complete", "skip", "invalidate")
    if (status, command) != ("completed", "invalidate")
]


@pytest.mark.parametrize(("status", "command"), IMPOSSIBLE)
def test_what_its_state_does_not_allow(phone: Phone, pending: Occurrence, status: str, command: str) -> None:
    Occurrence.objects.filter(pk=pending.pk).update(status=status, closed_at=NOW)
    before = everything()

    error_of(phone.post(f"/occurrences/{pending.pk}/{command}"), 409)
    assert everything() == before


@pytest.mark.parametrize("command", ["complete", "skip", "invalidate"])
def test_nobody_else_may(others: list[Phone], pending: Occurrence, command: str) -> None:
    before = everything()

    for other in others:
        for occurrence_id in (pending.pk, ABSENT, "x"):
            assert body_of(other.post(f"/occurrences/{occurrence_id}/{command}"), 404) == NOT_FOUND
    assert everything() == before


def test_the_statements_do_not_grow(phone: Phone, task: Task, pending: Occurrence) -> None:
    def read() -> Any:
        return phone.get(f"/tasks/{task.pk}/occurrences")

    read()
    one = statements(read)
    for _ in range(2):
        Occurrence.objects.create(task=task, status="skipped", source="manual", created_at=NOW, closed_at=NOW)

    assert statements(read) == one == 4  # token, task, count, page
