"""Changing what a task says, when it comes round, and deleting it."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tasks.models import Schedule, Task
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, rows

pytestmark = pytest.mark.django_db

DUE = datetime(2030, 7, 1, 7, 30, 45, tzinfo=UTC)
PAGES = ["edit", "schedule", "delete"]


def shown(person: Client, task: Task, page: str = "edit") -> dict[str, Any]:
    """Return what a browser would send back, were nothing changed."""
    form = person.get(f"/tasks/{task.pk}/{page}").context["form"]
    return {name: _sent(form.fields[name].widget, form[name].value()) for name in form.fields}


def _sent(widget: Any, value: Any) -> str:
    written = widget.format_value(value)
    if isinstance(written, list):
        written = written[0] if written else ""
    return "" if written is None else str(written)


@pytest.mark.parametrize("page", PAGES)
def test_owner_teammate_and_outsider(
    page: str,
    shared_task: Task,
    owner: User,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
) -> None:
    answers = [sign_in(user).get(f"/tasks/{shared_task.pk}/{page}") for user in (owner, teammate, outsider)]

    assert [answer.status_code for answer in answers] == [200, 200, 404]


@pytest.mark.parametrize("page", PAGES)
def test_outsiders_change_nothing(
    page: str, task: Task, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    before = rows()
    data = {
        "title": "Mine",
        "frequency": "daily",
        "interval": "1",
        "time_of_day": "09:00",
        "time_zone": "UTC",
    }

    assert sign_in(outsider).post(f"/tasks/{task.pk}/{page}", data).status_code == 404
    assert sign_in(outsider).post(f"/tasks/{ABSENT}/{page}", data).status_code == 404
    assert rows() == before


def test_an_edit_is_written(person: Client, task: Task) -> None:
    answer = person.post(f"/tasks/{task.pk}/edit", {**shown(person, task), "title": "Feed the cat"})

    task.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{task.pk}")
    assert task.title == "Feed the cat"


def test_what_was_not_touched_stays_to_the_second(person: Client, make_task: Callable[..., Task]) -> None:
    task = make_task(due_at=DUE, description="a\nb", columns={"notification_cooldown_seconds": 1234})

    person.post(f"/tasks/{task.pk}/edit", {**shown(person, task), "title": "Other"})

    task.refresh_from_db()
    assert (task.title, task.due_at, task.description) == ("Other", DUE, "a\nb")
    assert task.notification_cooldown_seconds == 1234


def test_deadlines_are_in_the_owners_zone(
    shared_task: Task, owner: User, teammate: User, sign_in: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Asia/Tokyo")
    person = sign_in(teammate)

    person.post(
        f"/tasks/{shared_task.pk}/edit",
        {**shown(person, shared_task), "due_date": "2030-01-01", "due_time": "09:00"},
    )

    shared_task.refresh_from_db()
    assert shared_task.due_at == datetime(2030, 1, 1, 0, 0, tzinfo=UTC)


def test_a_stake_binds_here_too(person: Client, make_task: Callable[..., Task]) -> None:
    task = make_task(due_at=DUE, columns={"stake_cents": 500})
    before = rows()

    answers = [
        person.post(f"/tasks/{task.pk}/edit", {**shown(person, task), "title": "Easier"}),
        person.post(f"/tasks/{task.pk}/delete"),
        person.post(f"/tasks/{task.pk}/archive"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert all(b"A task with an open stake cannot be made easier." in answer.content for answer in answers)
    assert rows() == before


def test_a_schedule_is_set_changed_and_cleared(person: Client, task: Task) -> None:
    page = f"/tasks/{task.pk}/schedule"
    daily = {"frequency": "daily", "interval": "1", "time_of_day": "09:00", "time_zone": "UTC"}

    person.post(page, daily)
    assert Schedule.objects.get().plan.time_of_day == time(9)

    person.post(page, {**shown(person, task, "schedule"), "time_of_day": "10:15"})
    assert Schedule.objects.get().plan.time_of_day == time(10, 15)

    person.post(page, {**shown(person, task, "schedule"), "frequency": ""})
    assert Schedule.objects.count() == 0


def test_a_bad_schedule_changes_nothing(person: Client, task: Task) -> None:
    before = rows()

    answer = person.post(
        f"/tasks/{task.pk}/schedule",
        {"frequency": "monthly_by_day", "interval": "1", "time_of_day": "09:00", "time_zone": "UTC"},
    )

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["month_day"]
    assert rows() == before


def test_delete_asks_first(person: Client, task: Task) -> None:
    assert person.get(f"/tasks/{task.pk}/delete").status_code == 200
    task.refresh_from_db()
    assert task.deleted_at is None

    answer = person.post(f"/tasks/{task.pk}/delete")

    task.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
    assert task.deleted_at is not None
    assert task.created_at == NOW
