"""The line that adds a task: what it says it understood, the question before money, and the task."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from charges.models import RecurringStake
from tasks.models import Agenda, Task
from tests.dialects.web.conftest import HTMX, rows

pytestmark = pytest.mark.django_db

LINE = "pay rent 2100-01-08 9am $20 every month"  # later than any clock that runs these tests


def test_what_is_understood_is_said_while_it_is_typed(person: Client) -> None:
    before = rows()

    answer = person.get("/tasks/understood", {"title": LINE}, headers=HTMX)

    words = [word.text for word in answer.context["words"]]
    assert (answer.context["read"].title, words) == (
        "pay rent",
        ["due Fri 8 Jan 2100, 09:00", "$20.00 at stake", "every month"],
    )
    assert b"<html" not in answer.content
    assert rows() == before


@pytest.mark.parametrize("line", ["", "  ", "\x00", "x" * 5000, "$5", "<script>alert(1)</script>"])
def test_any_line_has_an_answer(line: str, person: Client) -> None:
    answer = person.get("/tasks/understood", {"title": line})

    assert answer.status_code == 200
    assert b"<script>" not in answer.content


def test_strangers_are_told_nothing(client: Client) -> None:
    assert client.get("/tasks/understood", {"title": LINE}).status_code == 302
    assert client.post("/tasks/", {"title": LINE}).status_code == 302
    assert Task.objects.count() == 0


def test_money_is_asked_about_first(person: Client) -> None:
    before = rows()

    answer = person.post("/tasks/", {"title": LINE, "next": "/today/"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Add with $20.00 at stake" in page
    assert f'name="title" value="{LINE}"' in page
    assert 'name="next" value="/today/"' in page
    assert rows() == before


def test_yes_puts_it_at_stake(person: Client, owner: User) -> None:
    answer = person.post("/tasks/", {"title": LINE, "next": "/today/", "stake": "yes"})

    assert (answer.status_code, answer["Location"]) == (302, "/today/")
    task = Task.objects.get()
    assert (task.title, task.stake_cents, task.owner) == ("pay rent", 2000, owner)
    assert RecurringStake.objects.get().months == 1
    assert (
        "Added “pay rent”: due Fri 8 Jan 2100, 09:00, $20.00 at stake, every month."
        in person.get("/today/").content.decode()
    )


def test_no_leaves_the_money_out(person: Client) -> None:
    person.post("/tasks/", {"title": LINE, "stake": "no"})

    task = Task.objects.get()
    assert (task.title, task.stake_cents) == ("pay rent", None)
    assert Agenda.objects.get().recurrence_pattern == "monthly"


def test_times_are_the_readers_own(person: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Asia/Tokyo")

    person.post("/tasks/", {"title": "call 2100-01-08 9am"})

    assert Task.objects.values_list("due_at", flat=True).get().isoformat() == "2100-01-08T00:00:00+00:00"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("run 2020-01-01 $5", "The deadline must lie in the future."),
        ("run 2100-01-08 $0.50", "This must be 100 or more."),
    ],
)
def test_a_refused_stake_says_why(line: str, reason: str, person: Client) -> None:
    before = rows()

    answer = person.post("/tasks/", {"title": line, "stake": "yes"})

    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert rows() == before


def test_only_members_add_to_a_project(
    project: Project, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    for line in ("run", LINE):
        said: dict[str, Any] = {"title": line, "stake": "yes"}
        assert sign_in(outsider).post(f"/tasks/?project={project.pk}", said).status_code == 422
    assert Task.objects.count() == 0

    sign_in(teammate).post(f"/tasks/?project={project.pk}", {"title": "run"})
    assert Task.objects.get().project == project
