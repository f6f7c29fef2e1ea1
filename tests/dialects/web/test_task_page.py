"""/tasks/<id>: the task, its schedule and its log."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Tag, Task
from tasks.operations.lifecycle import complete_task, trigger_task
from tasks.operations.shelving import delete_task
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, rows

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


def occurrences(answer: Any) -> list[Occurrence]:
    return [entry.occurrence for entry in answer.context["history"].entries if entry.occurrence]


def test_the_log_is_shown_newest_first(
    person: Client, task: Task, owner: User, principal_of: Callable[..., Principal]
) -> None:
    trigger_task(principal=principal_of(owner), task_id=task.pk, at=NOW)
    complete_task(principal=principal_of(owner), task_id=task.pk, at=NOW)
    complete_task(principal=principal_of(owner), task_id=task.pk, at=NOW)

    log = occurrences(person.get(f"/tasks/{task.pk}"))

    assert [(each.status, each.source) for each in log] == [
        ("completed", "completion"),
        ("completed", "manual"),
    ]


def test_a_long_log_has_pages(person: Client, task: Task) -> None:
    Occurrence.objects.bulk_create(
        Occurrence(task=task, status="missed", source="manual", created_at=NOW, closed_at=NOW)
        for _ in range(40)
    )

    first = person.get(f"/tasks/{task.pk}")
    second = person.get(f"/tasks/{task.pk}?before={first.context['history'].next_before}")

    assert (len(occurrences(first)), len(occurrences(second))) == (30, 10)
    assert second.context["history"].next_before is None


@pytest.mark.parametrize(
    "before", ["x", "1", "1.2", "-1.2.x", "99999999999999999999.2.x", "1.99.x", "1.2.%00"]
)
def test_a_place_that_makes_no_sense_is_an_end_or_the_beginning(
    before: str, person: Client, task: Task
) -> None:
    assert person.get(f"/tasks/{task.pk}?before={before}").status_code == 200


def test_sub_tasks_are_added_and_shown(person: Client, task: Task) -> None:
    answer = person.post(f"/tasks/{task.pk}/parts", {"title": "Buy a can tomorrow $5"})

    assert (answer.status_code, answer["Location"]) == (302, f"/tasks/{task.pk}")
    (child,) = person.get(f"/tasks/{task.pk}").context["children"]
    assert (child.title, child.parent_id, child.stake_cents) == ("Buy a can tomorrow $5", task.pk, None)
    assert person.post(f"/tasks/{child.pk}/parts", {"title": "Deeper"}).status_code == 422


def test_tags_are_put_on_by_name(person: Client, task: Task) -> None:
    person.post(f"/tasks/{task.pk}/tags", {"tags": "home, garden ,, home"})
    person.post(f"/tasks/{task.pk}/tags", {"tags": "garden,plants"})

    assert [tag.name for tag in person.get(f"/tasks/{task.pk}").context["tags"]] == ["garden", "plants"]
    assert Tag.objects.count() == 3


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("parts", {"title": ""}),
        ("parts", {"title": "x" * 501}),
        ("tags", {"tags": "x" * 51}),
        ("tags", {"tags": ",".join(map(str, range(21)))}),
    ],
)
def test_bad_parts_and_tags_change_nothing(
    part: str, said: dict[str, str], person: Client, task: Task
) -> None:
    before = (rows(), Tag.objects.count())

    answer = person.post(f"/tasks/{task.pk}/{part}", said)

    assert answer.status_code == 422
    assert (rows(), Tag.objects.count()) == before


def test_who_may_add_parts_and_tags(
    shared_task: Task, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    path, said = f"/tasks/{shared_task.pk}", {"title": "Part", "tags": "mine"}
    before = (rows(), Tag.objects.count())

    assert sign_in(outsider).post(f"{path}/parts", said).status_code == 404
    assert sign_in(outsider).post(f"{path}/tags", said).status_code == 404
    assert sign_in(teammate).post(f"{path}/tags", said).status_code == 404  # tags are their owner's
    assert (rows(), Tag.objects.count()) == before
    assert sign_in(teammate).post(f"{path}/parts", said).status_code == 302


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
