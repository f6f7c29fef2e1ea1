"""Several tasks at once: all of them or none, from the list that they were chosen in."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.operations.editing import create_task
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, HTMX, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(make_task: Callable[..., Task]) -> list[Task]:
    return [make_task(title=title) for title in ("One", "Two", "Three")]


@pytest.fixture
def staked(make_task: Callable[..., Task]) -> Task:
    far = NOW.replace(year=2100)
    return make_task(title="Bound", columns={"due_at": far, "stake_cents": 500})


def act(person: Client, action: str, tasks: Sequence[Any], **more: Any) -> Any:
    ids = [getattr(task, "pk", task) for task in tasks]
    return person.post("/tasks/bulk", {"action": action, "task": ids, "next": "/tasks/?q=o", **more})


def statuses() -> list[str]:
    return list(Task.objects.order_by("pk").values_list("status", flat=True))


def test_complete(person: Client, three: list[Task]) -> None:
    answer = act(person, "complete", three[:2])

    assert (answer.status_code, answer["Location"]) == (302, "/tasks/?q=o")
    assert statuses() == ["success", "success", "pending"]
    assert b"Done: 2 tasks." in person.get("/tasks/").content


def test_what_is_done_already_is_not_done_twice(
    person: Client, owner: User, principal_of: Callable[..., Principal], task: Task
) -> None:
    child = create_task(principal=principal_of(owner), title="Part", parent_id=task.pk, at=NOW)

    act(person, "complete", [child, task])

    assert statuses() == ["success", "success"]
    assert Occurrence.objects.count() == 2


def test_archive(person: Client, three: list[Task]) -> None:
    act(person, "archive", three)

    assert Task.objects.filter(archived_at=None).count() == 0


def test_deleting_asks_first(person: Client, three: list[Task]) -> None:
    before = rows()

    answer = act(person, "delete", three[:2])

    page = answer.content.decode()
    assert "Delete 2 tasks?" in page
    assert ("One" in page, "Two" in page, "Three" in page) == (True, True, False)
    assert rows() == before

    act(person, "delete", three[:2], sure="1")
    assert list(Task.objects.filter(deleted_at=None)) == [three[2]]


def test_move(person: Client, three: list[Task], project: Project) -> None:
    act(person, "move", three[:2], to=project.pk)

    assert [task.project.slug for task in Task.objects.order_by("pk")] == ["web", "web", "inbox"]


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_one_refused_task_refuses_the_whole(
    action: str, person: Client, three: list[Task], staked: Task
) -> None:
    before = rows()

    answer = act(person, action, [*three, staked], sure="1")

    assert answer.status_code == 409
    assert (
        "“Bound”: A task with an open stake cannot be made easier. Nothing was changed."
        in answer.content.decode()
    )
    assert answer.context["filters"].search == "o"  # the list that they were chosen in
    assert rows() == before


@pytest.mark.parametrize("action", ["complete", "archive", "delete", "move"])
@pytest.mark.parametrize("other", [ABSENT, "foreign"])
def test_foreign_and_absent_are_the_same(
    action: str, other: str, person: Client, task: Task, outsider: User, make_task: Callable[..., Task]
) -> None:
    foreign = make_task(user=outsider) if other == "foreign" else ABSENT
    before = rows()

    answer = act(person, action, [task, foreign], sure="1", to=task.project_id)

    assert answer.status_code == 409
    assert "One of these tasks is not there any more. Nothing was changed." in answer.content.decode()
    assert rows() == before


def test_owner_teammate_and_outsider(
    shared_task: Task, project: Project, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    before = rows()

    moved = act(sign_in(teammate), "move", [shared_task], to=project.pk)
    strange = act(sign_in(outsider), "complete", [shared_task])

    assert (moved.status_code, strange.status_code) == (409, 409)
    assert "Only its owner can move it." in moved.content.decode()
    assert rows() == before
    assert act(sign_in(teammate), "complete", [shared_task]).status_code == 302
    assert statuses() == ["success"]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("complete", {"task": []}),
        ("complete", {"task": ["x", "\x00"]}),
        ("nonsense", {}),
        ("", {}),
        ("move", {}),
        ("move", {"to": "x"}),
        ("move", {"to": "999999"}),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    action: str, said: dict[str, Any], person: Client, task: Task
) -> None:
    before = rows()

    answer = act(person, action, [task], **said)

    assert answer.status_code == 422
    assert rows() == before


def test_a_foreign_list_is_not_led_to(person: Client, task: Task) -> None:
    answer = act(person, "complete", [task], next="https://evil.example/")

    assert answer["Location"] == "/tasks/"


def test_htmx_gets_the_list_after_the_change(person: Client, task: Task) -> None:
    answer = person.post("/tasks/bulk", {"action": "archive", "task": [task.pk]}, headers=HTMX, follow=True)

    assert answer.redirect_chain == [("/tasks/", 302)]
    assert b'id="main"' in answer.content
