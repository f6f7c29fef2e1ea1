"""/tasks/<id>: the task, its schedule and its log."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.operations.lifecycle import complete_task, trigger_task
from tasks.operations.shelving import delete_task
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT

pytestmark = pytest.mark.django_db


def test_owner_teammate_and_outsider(
    shared_task: Task, owner: User, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    answers = [sign_in(user).get(f"/tasks/{shared_task.pk}") for user in (owner, teammate, outsider)]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert [b"Shared work" in answer.content for answer in answers] == [True, True, False]


@pytest.mark.parametrize("task_id", [ABSENT, "1", "x", "%00", f"{ABSENT}0"])
def test_absent_tasks_are_not_found(task_id: str, person: Client) -> None:
    assert person.get(f"/tasks/{task_id}").status_code == 404


def test_a_deleted_task_is_gone(
    person: Client, task: Task, owner: User, principal_of: Callable[..., Principal]
) -> None:
    delete_task(principal=principal_of(owner), task_id=task.pk, at=NOW)

    assert person.get(f"/tasks/{task.pk}").status_code == 404


def test_the_log_is_shown_newest_first(
    person: Client, task: Task, owner: User, principal_of: Callable[..., Principal]
) -> None:
    trigger_task(principal=principal_of(owner), task_id=task.pk, at=NOW)
    complete_task(principal=principal_of(owner), task_id=task.pk, at=NOW)
    complete_task(principal=principal_of(owner), task_id=task.pk, at=NOW)

    log = person.get(f"/tasks/{task.pk}").context["log"].occurrences

    assert [(each.status, each.source) for each in log] == [
        ("completed", "completion"),
        ("completed", "manual"),
    ]


def test_a_long_log_has_pages(person: Client, task: Task) -> None:
    Occurrence.objects.bulk_create(
        Occurrence(task=task, status="missed", source="manual", created_at=NOW, closed_at=NOW)
        for _ in range(26)
    )

    first = person.get(f"/tasks/{task.pk}").context["log"]
    second = person.get(f"/tasks/{task.pk}?before={first.next_before}").context["log"]

    assert (len(first.occurrences), len(second.occurrences), second.next_before) == (25, 1, None)


def test_one_occurrence_and_twenty_cost_the_same(person: Client, task: Task) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            person.get(f"/tasks/{task.pk}")
        return len(queries)

    def add(count: int) -> None:
        Occurrence.objects.bulk_create(
            Occurrence(task=task, status="missed", source="manual", created_at=NOW, closed_at=NOW)
            for _ in range(count)
        )

    add(1)
    with_one = cost()
    add(19)

    assert cost() == with_one


def test_times_are_the_readers_own(person: Client, task: Task, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Asia/Tokyo")

    assert b"Mon 2 Mar 2026, 21:00" in person.get(f"/tasks/{task.pk}").content


def test_markup_in_notes_stays_text(person: Client, make_task: Callable[..., Task]) -> None:
    task = make_task(
        title="<b>t</b>", description="<img src=x onerror=alert(1)> https://example.com/?a=1&b=2"
    )

    page = person.get(f"/tasks/{task.pk}").content.decode()

    assert "<img src=x" not in page
    assert "<b>t</b>" not in page
    assert 'href="https://example.com/?a=1&amp;b=2"' in page


def test_nothing_of_it_is_cached(person: Client, task: Task) -> None:
    assert person.get(f"/tasks/{task.pk}")["Cache-Control"] == "no-store"
