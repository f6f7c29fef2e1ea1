"""What devices are told of runs, and when they are left in peace. Source: agents.md A.7, PH-30."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Project, PushToken, User
from accounts.operations.organizations import remove_member
from accounts.rules.principal import Principal
from tasks.models import Presence, PushCoolDown, Run, Task
from tasks.operations.pushes import push_run_news
from tasks.operations.shelving import delete_task
from tasks.rules.runs import PushKind, RunStatus
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.dialects.agents.conftest import Api
from tests.dialects.agents.test_devices import register

pytestmark = pytest.mark.django_db


@pytest.fixture
def devices(api: Api) -> list[dict[str, Any]]:
    """Two devices of the owner's."""
    return [register(api, "phone"), register(api, "browser", "web")]


@pytest.fixture
def make_run(project: Project) -> Callable[[dict[str, Any]], Run]:
    """Put a run under a task."""

    def make(task: dict[str, Any]) -> Run:
        moments = {"created_at": NOW, "updated_at": NOW, "queued_at": NOW}
        return Run.objects.create(task_id=task["id"], project=project, status=RunStatus.QUEUED, **moments)

    return make


def tell(run: Run, kind: PushKind = PushKind.COMPLETED, **later: float) -> int:
    """Tell the news of a run, so much later than NOW."""
    with transaction.atomic():
        return push_run_news(run=run, kind=kind, at=NOW + timedelta(**later))


def queued() -> list[tuple[str, str, dict[str, Any]]]:
    """The pushes that wait: event, device and what it is told."""
    rows = Delivery.objects.filter(kind="push").order_by("pk")
    return [(row.event, row.endpoint, json.loads(row.payload)) for row in rows]


def test_ph_30_who_watches_is_left_in_peace_for_60_seconds(
    api: Api, devices: list[dict[str, Any]], make_run: Callable[..., Run]
) -> None:
    task = api.make()
    first, second = make_run(task), make_run(task)
    api.call("POST", f"tasks/{task['id']}/presence/", {"device_id": devices[0]["id"]})

    assert tell(first) == 0
    assert queued() == []
    assert not PushCoolDown.objects.exists()
    Presence.objects.update(expires_at=clock.now())  # 60 seconds later
    assert tell(second) == 2
    told = {
        "title": "Task Tracker",
        "body": '"Fix login" finished',
        "data": {"taskId": task["id"], "taskRunId": str(second.pk)},
    }
    assert queued() == [("run.completed", device["id"], told) for device in devices]


def test_ph_30_others_and_other_tasks_suppress_nothing(
    api: Api, mates_api: Api, devices: list[dict[str, Any]], make_run: Callable[..., Run]
) -> None:
    task, other = api.make(), api.make()
    mates = register(mates_api, "theirs")
    mates_api.call("POST", f"tasks/{task['id']}/presence/", {"device_id": mates["id"]})
    api.call("POST", f"tasks/{other['id']}/presence/", {"device_id": devices[0]["id"]})

    assert tell(make_run(task)) == 2
    assert [device for _, device, _ in queued()] == [device["id"] for device in devices]


@pytest.mark.parametrize(
    ("kind", "title", "said"),
    [
        (PushKind.COMPLETED, "T", '"T" finished'),
        (PushKind.FAILED, "T", '"T" failed'),
        (PushKind.CANCELLED, "T", '"T" was cancelled'),
        (PushKind.AWAITING_INPUT, "  ", '"Untitled task" needs your input'),
    ],
)
def test_what_is_told(
    api: Api,
    devices: list[dict[str, Any]],
    make_run: Callable[..., Run],
    kind: PushKind,
    title: str,
    said: str,
) -> None:
    run = make_run(api.make(title=title))

    tell(run, kind)

    assert [(event, told["body"]) for event, _, told in queued()] == [(f"run.{kind}", said)] * 2


@pytest.mark.parametrize(("kind", "seconds"), [(PushKind.FAILED, 600), (PushKind.AWAITING_INPUT, 30)])
def test_the_same_news_is_told_again_after_a_while(
    api: Api,
    devices: list[dict[str, Any]],
    make_run: Callable[..., Run],
    kind: PushKind,
    seconds: int,
) -> None:
    task = api.make()
    run = make_run(task)

    told = [tell(run, kind), tell(run, kind, seconds=seconds - 1), tell(run, kind, seconds=seconds)]

    assert told == [2, 0, 2]
    assert tell(run, PushKind.COMPLETED) == tell(make_run(task), kind) == 2


def test_nobody_is_told_who_has_left(
    api: Api,
    devices: list[dict[str, Any]],
    make_run: Callable[..., Run],
    mates_api: Api,
    teammate: User,
    owner: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    register(mates_api, "theirs")
    run = make_run(mates_api.make())
    remove_member(principal=principal_of(owner), organization_id=project.organization_id, user_id=teammate.pk)

    assert tell(run) == 0


def test_a_deleted_task_has_no_news(
    api: Api,
    devices: list[dict[str, Any]],
    make_run: Callable[..., Run],
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    task = api.make()
    run = make_run(task)
    delete_task(principal=principal_of(owner), task_id=Task.objects.get().pk, at=NOW)

    assert tell(run) == 0


def test_a_finished_run_tells_through_the_api(
    api: Api, devices: list[dict[str, Any]], make_run: Callable[..., Run]
) -> None:
    task = api.make()
    run = make_run(task)

    answer = api.call("PATCH", f"tasks/{task['id']}/runs/{run.pk}/", {"status": "completed"})

    assert answer.status_code == 200
    assert [event for event, _, _ in queued()] == ["run.completed"] * 2
    assert PushToken.objects.count() == 2
