"""What can be done to a task from its page, and from its line in a list."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.operations.lifecycle import complete_task, trigger_task
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, HTMX, rows

pytestmark = pytest.mark.django_db

ACTIONS = ["trigger_task_page", "complete_task_page", "uncomplete_task", "archive_task", "unarchive_task"]
STEPS = ["complete_occurrence_page", "skip_occurrence_page", "invalidate_occurrence_page"]


@pytest.fixture
def act(person: Client) -> Callable[..., Any]:
    def post(name: str, task: Task, *ids: Any, by: Client = person, **data: Any) -> Any:
        return by.post(reverse(name, args=[task.pk, *ids]), data)

    return post


@pytest.fixture
def pending(task: Task, owner: User, principal_of: Callable[..., Principal]) -> Occurrence:
    return trigger_task(principal=principal_of(owner), task_id=task.pk, at=NOW)


def log(task: Task) -> list[str]:
    return list(Occurrence.objects.filter(task=task).order_by("pk").values_list("status", flat=True))


def test_trigger(act: Callable[..., Any], task: Task, webhook: Any) -> None:
    answer = act("trigger_task_page", task)

    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{task.pk}")
    assert log(task) == ["pending"]
    assert [delivery["event"] for delivery in rows()["Delivery"]] == ["task.triggered"]


def test_complete_and_take_it_back(act: Callable[..., Any], task: Task) -> None:
    act("complete_task_page", task)
    task.refresh_from_db()
    assert (task.status, log(task)) == ("success", ["completed"])

    act("uncomplete_task", task)
    task.refresh_from_db()
    assert (task.status, log(task)) == ("pending", ["invalidated"])


def test_archive_and_bring_back(act: Callable[..., Any], task: Task) -> None:
    act("archive_task", task)
    task.refresh_from_db()
    assert task.archived_at is not None

    act("unarchive_task", task)
    task.refresh_from_db()
    assert task.archived_at is None


@pytest.mark.parametrize(("name", "status"), [(STEPS[0], "completed"), (STEPS[1], "skipped")])
def test_an_occurrence_is_closed(
    name: str, status: str, act: Callable[..., Any], task: Task, pending: Occurrence
) -> None:
    answer = act(name, task, pending.pk)

    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{task.pk}")
    assert log(task) == [status]


def test_a_completion_is_taken_back(
    act: Callable[..., Any],
    task: Task,
    pending: Occurrence,
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    complete_task(principal=principal_of(owner), task_id=task.pk, at=NOW)

    act("invalidate_occurrence_page", task, pending.pk)

    assert log(task) == ["invalidated"]


@pytest.mark.parametrize("name", ACTIONS)
def test_teammates_may_and_outsiders_may_not(
    name: str,
    shared_task: Task,
    teammate: User,
    outsider: User,
    act: Callable[..., Any],
    sign_in: Callable[[User], Client],
) -> None:
    if name == "uncomplete_task":
        act("complete_task_page", shared_task)
    before = rows()

    assert act(name, shared_task, by=sign_in(outsider)).status_code == 404
    assert rows() == before
    assert act(name, shared_task, by=sign_in(teammate)).status_code == 302


@pytest.mark.parametrize("name", STEPS)
def test_outsiders_touch_no_occurrence(
    name: str,
    task: Task,
    pending: Occurrence,
    outsider: User,
    act: Callable[..., Any],
    sign_in: Callable[[User], Client],
) -> None:
    before = rows()

    assert act(name, task, pending.pk, by=sign_in(outsider)).status_code == 404
    assert act(name, task, ABSENT).status_code == 404
    assert rows() == before


def test_a_refusal_is_shown_on_the_page(act: Callable[..., Any], task: Task) -> None:
    before = rows()

    answer = act("uncomplete_task", task)

    assert answer.status_code == 409
    assert b"Cannot reopen from this state." in answer.content
    assert b"Water the plants" in answer.content
    assert rows() == before


def test_an_archived_task_is_not_triggered(act: Callable[..., Any], make_task: Callable[..., Task]) -> None:
    task = make_task(columns={"archived_at": NOW})
    before = rows()

    answer = act("trigger_task_page", task)

    assert answer.status_code == 422
    assert b"An archived task cannot be triggered." in answer.content
    assert rows() == before


def test_htmx_gets_the_changed_page_at_once(person: Client, task: Task) -> None:
    answer = person.post(reverse("complete_task_page", args=[task.pk]), headers=HTMX)

    assert answer.status_code == 200
    assert answer.context["task"].status == "success"
    assert b'id="main"' in answer.content


def test_a_line_of_a_list_is_changed_in_place(person: Client, task: Task) -> None:
    answer = person.post(reverse("complete_task_page", args=[task.pk]), {"row": "task"}, headers=HTMX)

    assert answer.status_code == 200
    assert answer.content.decode().startswith(f'<li id="task-{task.pk}"')
    assert b"<html" not in answer.content


def test_a_line_says_why_not(person: Client, task: Task) -> None:
    answer = person.post(reverse("uncomplete_task", args=[task.pk]), {"row": "task"}, headers=HTMX)

    assert answer.status_code == 409
    assert b"Cannot reopen from this state." in answer.content
    assert b"<html" not in answer.content


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/tasks/?show=open", "/tasks/?show=open"),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("/\\evil.example", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_next_is_a_path_of_ours(wanted: str, place: str | None, act: Callable[..., Any], task: Task) -> None:
    answer = act("trigger_task_page", task, next=wanted)

    assert answer["Location"] == (place or f"/tasks/{task.pk}")


@pytest.mark.parametrize("name", ["trigger_task_page", "complete_task_page"])
def test_sixty_a_minute(name: str, act: Callable[..., Any], task: Task) -> None:
    answers = [act(name, task) for _ in range(61)]

    assert [answer.status_code for answer in answers] == [302] * 60 + [429]
    assert int(answers[-1]["Retry-After"]) >= 1
    assert Occurrence.objects.count() == 60
