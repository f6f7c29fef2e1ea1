"""/today/: what is due, at stake, running and failing, and for whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Project, User
from accounts.rules.principal import Principal
from charges.operations.staking import create_staked_task
from tasks.models import Task, Webhook
from tasks.operations.lifecycle import complete_task, trigger_task
from tasks.operations.progress import Report, track_task
from tasktracker.core import clock
from tests.dialects.web.conftest import HTMX, rows

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def at(owner: User) -> datetime:
    """Now: two o'clock in the night, where the owner lives."""
    now = clock.now()
    live_where_it_is(owner, 2, now)
    return now


def live_where_it_is(user: User, hour: int, at: datetime) -> None:
    east = (hour - at.hour + 11) % 24 - 11  # of Greenwich; the names of these zones count the other way
    User.objects.filter(pk=user.pk).update(time_zone=f"Etc/GMT{-east:+d}" if east else "UTC")


def today(person: Client) -> Any:
    return person.get("/today/").context["today"]


def titles(tasks: Any) -> list[str]:
    return [task.title for task in tasks]


@pytest.fixture
def job(principal_of: Callable[..., Principal], project: Project, owner: User) -> Callable[..., Any]:
    """Report on a task of the shared project, as a job runner does."""

    def make(name: str, at: Any, **said: Any) -> Any:
        place = {"project_id": project.pk, "organization_id": project.organization_id}
        key = replace(principal_of(owner), kind="project_key", **place)
        return track_task(principal=key, said=Report(name=name, **said), at=at)

    return make


def test_what_is_due_stands_by_its_moment(
    person: Client,
    make_task: Callable[..., Task],
    owner: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    make_task(title="Late", due_at=at - HOUR)
    make_task(title="Later today", due_at=at + HOUR)
    make_task(title="Some day")
    make_task(title="Tomorrow", due_at=at + 25 * HOUR)
    waiting = make_task(title="Triggered")
    trigger_task(principal=principal_of(owner), task_id=waiting.pk, at=at)
    done = make_task(title="Done", due_at=at - HOUR)
    complete_task(principal=principal_of(owner), task_id=done.pk, at=at)

    found = today(person)

    assert titles(found.overdue) == ["Late"]
    assert titles(found.due) == ["Later today"]
    assert titles(found.waiting) == ["Triggered"]
    assert titles(found.done) == ["Done"]


def test_the_day_is_the_readers_own(
    person: Client, make_task: Callable[..., Task], owner: User, at: Any
) -> None:
    make_task(title="In the afternoon", due_at=at + 12 * HOUR)
    assert titles(today(person).due) == ["In the afternoon"]

    live_where_it_is(owner, 22, at)

    assert titles(today(person).due) == []


def test_what_is_at_stake(
    person: Client, owner: User, principal_of: Callable[..., Principal], at: Any
) -> None:
    for title, hours, cents in (("Second", 50, 700), ("First", 5, 500)):
        create_staked_task(
            principal=principal_of(owner), title=title, due_at=at + hours * HOUR, stake_cents=cents, at=at
        )

    found, page = today(person), person.get("/today/").content.decode()

    assert (titles(found.staked), found.at_stake_cents) == (["First", "Second"], 1200)
    assert "$12.00" in page
    assert "4 hours left" in page
    assert "2 days left" in page


def test_what_runs_and_what_failed(
    person: Client, job: Callable[..., Any], webhook: Webhook, at: Any
) -> None:
    job("import", at, status="processing", value=30, value_max=60)
    job("export", at, status="error")
    job("old export", at - timedelta(days=8), status="error")
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=at - HOUR)

    found, page = today(person), person.get("/today/").content.decode()

    assert (titles(found.running), titles(found.failing)) == (["import"], ["export"])
    assert list(found.webhooks) == [webhook]
    assert 'value="30" max="60"' in page
    assert "Failing since" in page


def test_owner_teammate_and_outsider(
    make_task: Callable[..., Task],
    job: Callable[..., Any],
    owner: User,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
    at: datetime,
) -> None:
    make_task(title="Mine", due_at=at - HOUR)
    job("import", at, status="processing")

    found = [today(sign_in(user)) for user in (owner, teammate, outsider)]

    assert [titles(each.overdue) for each in found] == [["Mine"], [], []]
    assert [titles(each.running) for each in found] == [["import"], ["import"], []]


def test_one_of_each_and_ten_cost_the_same(
    person: Client,
    make_task: Callable[..., Task],
    job: Callable[..., Any],
    owner: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            make_task(due_at=at - HOUR)
            make_task(columns={"due_at": at + HOUR, "stake_cents": 500})
            job("import", at, status="processing", value=3)
            job("export", at, status="error")
            complete_task(principal=principal_of(owner), task_id=make_task().pk, at=at)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert person.get("/today/").status_code == 200
        return len(queries)

    add(1)
    cost()
    with_one = cost()
    add(9)

    assert cost() == with_one


def test_the_aside_is_a_part_of_the_page(person: Client, client: Client) -> None:
    answer = person.get("/today/aside")

    assert answer.status_code == 200
    assert answer.content.decode().startswith('<div id="aside"')
    assert client.get("/today/aside").status_code == 302


def test_a_line_is_completed_in_place(person: Client, make_task: Callable[..., Task], at: datetime) -> None:
    task = make_task(due_at=at - HOUR)
    said = {"row": "task", "next": "/today/"}

    in_place = person.post(reverse("complete_task_page", args=[task.pk]), said, headers=HTMX)
    without_script = person.post(reverse("uncomplete_task", args=[task.pk]), said)

    assert in_place["HX-Trigger"] == '{"task-changed": {}}'
    assert b'value="/today/"' in in_place.content
    assert (without_script.status_code, without_script["Location"]) == (302, "/today/")


def test_an_empty_day_says_what_to_do_next(person: Client) -> None:
    before = rows()

    page = person.get("/today/").content.decode()

    assert "Nothing is due." in page
    assert "No money is at stake." in page
    assert "Nothing runs." in page
    assert rows() == before
