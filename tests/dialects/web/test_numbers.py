"""/numbers/: what was done and missed, risked and charged, and how long jobs took."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from charges.models import Charge, MonthLedger
from tasks.models import Occurrence, Progress, Task
from tasktracker.core import clock
from tasktracker.core.ids import new_id
from tests.dialects.web.conftest import rows

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def at() -> datetime:
    return clock.now()


def close(task: Task, status: str, at: datetime) -> None:
    Occurrence.objects.create(task=task, status=status, source="manual", created_at=at, closed_at=at)


def numbers(person: Client) -> Any:
    return person.get("/numbers/").context["numbers"]


def test_completions_misses_and_streaks(person: Client, task: Task, at: datetime) -> None:
    for back in (0, 1, 2, 9):
        close(task, "completed", at - back * DAY)
    for back in (8, 200):
        close(task, "missed", at - back * DAY)
    Task.objects.filter(pk=task.pk).update(deleted_at=at)  # what was done stays done

    found = numbers(person)

    assert (sum(found.completed), sum(found.missed)) == (4, 1)
    assert (found.streaks.longest, found.streaks.current) == (3, 3)
    assert (len(found.weeks), found.weeks[-1].weekday()) == (12, 0)


def test_a_staked_deadline_that_passed_is_a_miss(
    person: Client, make_task: Callable[..., Task], at: datetime
) -> None:
    make_task(columns={"status": "expired", "due_at": at - DAY, "stake_cents": 500})

    assert sum(numbers(person).missed) == 1


def test_days_are_the_readers_own(person: Client, task: Task, owner: User) -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    while monday < clock.now() - 7 * DAY:
        monday += 7 * DAY
    close(task, "completed", monday - timedelta(hours=1))  # still Sunday in UTC
    in_utc = numbers(person).completed
    User.objects.filter(pk=owner.pk).update(time_zone="Asia/Tokyo")

    in_tokyo = numbers(person).completed

    assert in_utc.index(1) == in_tokyo.index(1) - 1


def test_money(person: Client, owner: User, task: Task, at: datetime) -> None:
    month = at.date().replace(day=1)
    MonthLedger.objects.create(user=owner, month=month, staked_cents=1500, charged_cents=0)
    moments = {"created_at": at, "updated_at": at, "ended_at": at}
    taken = {"user": owner, "kind": "stake", "task": task, "cents": 700, "intent_id": str(new_id())}
    Charge.objects.create(**taken, **moments, status="captured")

    found, page = numbers(person), person.get("/numbers/").content.decode()

    assert (found.months[-1].staked_cents, found.months[-1].taken_cents) == (1500, 700)
    assert (len(found.months), found.months[0].staked_cents) == (12, 0)
    assert "<svg" in page
    assert "$15.00" in page


def test_how_long_jobs_took(person: Client, make_task: Callable[..., Task], at: datetime) -> None:
    for seconds in (60, 120, 6000):
        job = make_task(columns={"status": "success", "completed_at": at})
        Progress.objects.create(task=job, start_time=at - timedelta(seconds=seconds), end_time=at)

    found, page = numbers(person), person.get("/numbers/").content.decode()

    assert found.job_seconds[-1] == 120
    assert "2 min" in page


def test_owner_teammate_and_outsider(
    shared_task: Task,
    teammate: User,
    outsider: User,
    owner: User,
    sign_in: Callable[[User], Client],
    at: datetime,
) -> None:
    close(shared_task, "completed", at)
    Progress.objects.create(task=shared_task, start_time=at - DAY, end_time=at)
    Task.objects.filter(pk=shared_task.pk).update(status="success", completed_at=at)

    found = [numbers(sign_in(user)) for user in (owner, teammate, outsider)]

    assert [sum(each.completed) for each in found] == [1, 0, 0]
    assert [each.job_seconds[-1] for each in found] == [86400, 86400, None]


def test_strangers_sign_in_first(client: Client) -> None:
    assert client.get("/numbers/")["Location"] == "/accounts/login/?next=/numbers/"


def test_nothing_says_what_to_do_next(person: Client, project: Project) -> None:
    before = rows()

    page = person.get("/numbers/").content.decode()

    assert "What you complete and miss is counted here" in page
    assert "Nothing was put at stake." in page
    assert rows() == before


def test_one_and_many_cost_the_same(person: Client, task: Task, at: datetime) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            person.get("/numbers/")
        return len(queries)

    close(task, "completed", at)
    cost()
    with_one = cost()
    for back in range(30):
        close(task, "completed", at - back * DAY)

    assert cost() == with_one
