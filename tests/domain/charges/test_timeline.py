"""The history of a task: what every dialect did with it, in one list, for whom, and page by page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Project, User
from accounts.rules.principal import Principal
from charges.operations.missed import cry_uncle
from charges.operations.staking import create_staked_task
from charges.queries.timeline import Kind, Place, history_of, read_place
from tasks.models import Occurrence, Task
from tasks.operations.editing import create_task
from tasks.operations.lifecycle import complete_task, trigger_task
from tasks.operations.progress import Report, track_task
from tasks.operations.webhooks import register_webhook
from tasktracker.core.errors import NotFound
from tests.conftest import NOW
from tests.domain.charges.conftest import DUE

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(caller: Principal, project: Project) -> Task:
    """A staked task in the project that the team-mate shares."""
    return create_staked_task(
        principal=caller, title="Run", due_at=DUE, stake_cents=500, project_id=project.pk, at=NOW
    ).task


@pytest.fixture
def webhook(caller: Principal, settings: Settings) -> Any:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    events = ["task.triggered", "task.completed"]
    return register_webhook(principal=caller, url="http://127.0.0.1:9/in", events=events, at=NOW)[0]


def kinds(principal: Principal, task: Task) -> list[str]:
    return [entry.kind.name for entry in history_of(principal=principal, task_id=task.pk).entries]


def test_everything_stands_in_one_list(caller: Principal, task: Task, webhook: Any) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=NOW + timedelta(hours=1))
    cry_uncle(principal=caller, task_id=task.pk, at=NOW + timedelta(hours=2))

    entries = history_of(principal=caller, task_id=task.pk).entries

    found = {entry.kind.name: entry for entry in entries}
    assert set(found) == {"MADE", "OCCURRENCE", "STEP", "DELIVERY"}
    assert [entry.delivery.kind for entry in entries if entry.delivery] == ["mail", "webhook"]
    (call,) = [entry for entry in entries if entry.webhook]
    assert (call.webhook, call.can_be_sent_again) == (webhook, False)  # it is still on its way
    assert found["STEP"].step == "uncled"
    assert list(entries) == sorted(entries, key=lambda entry: entry.place, reverse=True)


def test_a_job_starts_and_ends(owner: User, project: Project, principal_of: Callable[..., Principal]) -> None:
    place = {"project_id": project.pk, "organization_id": project.organization_id}
    key = principal_of(owner, kind="project_key", **place)
    job = track_task(principal=key, said=Report(name="import", status="processing"), at=NOW)
    later = Report(name="import", status="error")
    made = track_task(principal=key, said=replace(later), at=NOW)

    assert kinds(principal_of(owner), Task.objects.get(pk=job.id)) == ["STARTED", "MADE"]
    assert kinds(principal_of(owner), Task.objects.get(pk=made.id)) == ["ENDED", "MADE"]


def test_owner_teammate_and_outsider(
    caller: Principal,
    task: Task,
    webhook: Any,
    teammate: User,
    outsider: User,
    principal_of: Callable[..., Principal],
) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=NOW)
    cry_uncle(principal=caller, task_id=task.pk, at=NOW)

    assert kinds(principal_of(teammate), task) == ["OCCURRENCE", "MADE"]
    with pytest.raises(NotFound):
        history_of(principal=principal_of(outsider), task_id=task.pk)


def test_another_tasks_deliveries_are_not_here(caller: Principal, task: Task, webhook: Any) -> None:
    other = create_task(principal=caller, title="Other", at=NOW)
    trigger_task(principal=caller, task_id=other.pk, at=NOW)

    assert kinds(caller, task) == ["MADE"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_hold_everything_once(limit: int, caller: Principal, webhook: Any) -> None:
    task = create_task(principal=caller, title="Often", at=NOW)
    for minute in (0, 0, 1, 1, 2):  # several at the same moment
        trigger_task(principal=caller, task_id=task.pk, at=NOW + timedelta(minutes=minute))
    complete_task(principal=caller, task_id=task.pk, at=NOW)
    whole = [entry.place for entry in history_of(principal=caller, task_id=task.pk).entries]

    pages: list[Any] = []
    before: Place | None = None
    while not pages or before:
        page = history_of(principal=caller, task_id=task.pk, before=before, limit=limit)
        assert len(page.entries) <= limit
        pages += [entry.place for entry in page.entries]
        before = read_place(str(page.next_before)) if page.next_before else None

    assert pages == whole
    assert len(whole) == 1 + 5 + 6  # made, occurrences, deliveries


def test_one_entry_and_many_cost_the_same(caller: Principal, webhook: Any) -> None:
    task = create_task(principal=caller, title="Often", at=NOW)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            history_of(principal=caller, task_id=task.pk)
        return len(queries)

    trigger_task(principal=caller, task_id=task.pk, at=NOW)
    with_one = cost()
    for _ in range(20):
        trigger_task(principal=caller, task_id=task.pk, at=NOW)

    assert Occurrence.objects.count() == 21
    assert cost() == with_one == 7


@pytest.mark.parametrize("moment", [NOW, datetime.fromisoformat("2026-03-02T12:00:00.123457+00:00")])
def test_a_place_is_read_as_it_was_written(moment: datetime) -> None:
    place = Place(moment, int(Kind.DELIVERY), "x.y")

    assert read_place(str(place)) == place
