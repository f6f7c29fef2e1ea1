"""A to-do is a task: what todo does is done for triggers and the pages, and the other way round."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from accounts.operations.credentials import issue_triggers_token
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Webhook
from tasks.rules.vocabulary import Event
from tasktracker.core.sealing import seal
from tasktracker.http.tokens import sign
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.dialects.todo.lists import TODOS, add, change, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def trigger(owner: User, principal_of: Callable[..., Principal]) -> Callable[[str, str], int]:
    """Call the triggers dialect as the owner: trigger(task_id, "complete") returns the status."""
    issued = issue_triggers_token(principal=principal_of(owner), name="t", scope="user", at=NOW)
    client, headers = Client(), {"Authorization": f"Bearer {sign(issued.claims)}"}

    def call(task_id: str, what: str) -> int:
        return client.post(f"/api/v1/tasks/{task_id}/{what}", headers=headers).status_code

    return call


@pytest.fixture
def webhook(owner: User) -> Webhook:
    """The owner's webhook, subscribed to everything."""
    return Webhook.objects.create(
        user=owner,
        url="https://hooks.example.com/in",
        events=[str(event) for event in Event],
        secret_sealed=seal(b"whsec_c2VjcmV0", purpose="webhook:test"),
        created_at=NOW,
        updated_at=NOW,
    )


def told() -> list[tuple[str, str]]:
    """The events on their way, with the id that each is about."""
    rows = Delivery.objects.order_by("pk").values_list("event", "payload")
    return [(event, payload.split('"id":"')[1][:36]) for event, payload in rows]


def test_completing_here_completes_everywhere(
    owners: Any, trigger: Callable[[str, str], int], webhook: Webhook
) -> None:
    todo = add(owners)
    assert trigger(todo["id"], "trigger") == 200

    change(owners, todo, completed=True)

    assert list(Occurrence.objects.values_list("status", "source")) == [("completed", "manual")]
    assert told() == [("task.triggered", todo["id"]), ("task.completed", todo["id"])]
    change(owners, todo, completed=False)
    assert told()[2:] == [("task.invalidated", todo["id"])]


def test_completing_there_completes_here_with_sub_tasks_and_the_next_one(
    owners: Any, trigger: Callable[[str, str], int], webhook: Webhook
) -> None:
    parent = add(owners, "Parent")
    children = [add(owners, f"Child {n}", parentId=parent["id"]) for n in range(2)]
    daily = add(owners, "Daily", dueDate="2099-01-01", recurrenceRule={"pattern": "daily"})

    assert (trigger(parent["id"], "complete"), trigger(daily["id"], "complete")) == (200, 200)

    shown = read(owners, parent)
    assert [todo["completed"] for todo in (shown, *shown["children"])] == [True] * 3
    assert told() == [("task.completed", todo["id"]) for todo in (parent, *children, daily)]
    (following,) = owners.get(f"{TODOS}?completed=false").json()["todos"]
    assert (following["title"], following["dueDate"]) == ("Daily", "2099-01-02")


def test_a_trigger_opens_a_completed_to_do_again(owners: Any, trigger: Callable[[str, str], int]) -> None:
    todo = add(owners)
    change(owners, todo, completed=True)

    trigger(todo["id"], "trigger")

    assert (read(owners, todo)["completed"], read(owners, todo)["completedAt"]) == (False, None)


def test_a_team_mates_completion_counts(
    owners: Any, teammates: Any, teammate: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    todo = add(owners, projectId=project.pk)
    issued = issue_triggers_token(principal=principal_of(teammate), name="t", scope="user", at=NOW)
    headers = {"Authorization": f"Bearer {sign(issued.claims)}"}

    answer = Client().post(f"/api/v1/tasks/{todo['id']}/complete", headers=headers)

    assert answer.status_code == 200
    assert read(owners, todo)["completed"] is True


def test_what_is_deleted_here_is_gone_there(owners: Any, trigger: Callable[[str, str], int]) -> None:
    todo = add(owners)

    owners.delete(f"{TODOS}/{todo['id']}")

    assert (trigger(todo["id"], "trigger"), trigger(todo["id"], "complete")) == (404, 404)
