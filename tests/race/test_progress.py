"""Reports under many hands at once: every point that their order crosses fires exactly once (P25)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from random import Random
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Project, User
from accounts.operations.project_keys import check_project_key, issue_project_key
from accounts.rules.principal import Principal
from tasks.models import CheckIn, Monitor, Occurrence, Progress, Task
from tasks.operations import progress as operations
from tasks.operations.action_mail import queue_action_mail
from tasks.operations.actions import NewAction
from tasks.operations.lifecycle import complete_task
from tasks.operations.monitors import add_monitor, watch_monitors
from tasks.operations.progress import Report, report, track_task
from tasks.operations.progress_sweeps import mark_stale, note_overruns
from tasks.operations.webhooks import register_project_webhook
from tasks.rules.monitors import Rhythm
from tasks.rules.progress import Standing, Tracked
from tasks.rules.triggers import crossed
from tasktracker.core.errors import Invalid
from tasktracker.outbox.models import Delivery
from tests.dialects.progress.conftest import later

pytestmark = pytest.mark.django_db(transaction=True)

PATCHES = 200
THREADS = 16


@pytest.fixture
def key(owner: User, project: Project, principal_of: Callable[..., Principal], at: datetime) -> str:
    """A project key to acme/web, with one webhook for its actions."""
    session = principal_of(owner)
    register_project_webhook(
        principal=session, project_id=project.pk, slug="hook", url="https://hooks.example.com", at=at
    )
    return issue_project_key(principal=session, project_id=project.pk, name="ci", at=at).secret


@pytest.fixture
def caller(key: str) -> Principal:
    """Whoever has the key."""
    return check_project_key(key, org="acme", project="web")


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run calls from many threads that start at one moment; returns what each returned, or its refusal."""
    gate = Barrier(min(THREADS, len(calls)))
    waited: set[int] = set()

    def run(number: int) -> Any:
        if number < gate.parties and number not in waited:
            waited.add(number)
            gate.wait(timeout=10)
        try:
            return calls[number]()
        except Invalid as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(gate.parties) as pool:
        return list(pool.map(run, range(len(calls))))


def points() -> Counter[str]:
    """Count what the webhook was told, by point."""
    payloads = Delivery.objects.filter(kind="webhook").order_by("pk").values_list("payload", flat=True)
    return Counter(payload.rpartition('"point":"')[2].removesuffix('"}') for payload in payloads)


def test_every_point_that_the_serial_order_crosses_fires_once(
    key: str, caller: Principal, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 PATCHes on one task, each a call of its own."""
    task = track_task(
        principal=caller,
        said=Report(name="job", value=0, actions=(NewAction("*/10%", "webhook:hook"),)),
        at=at,
    )
    Delivery.objects.all().delete()  # of the point 0, which making it has crossed
    order: list[int] = []
    store = operations._store

    def note(before: Tracked, columns: dict[str, Any]) -> None:
        store(before, columns)
        order.append(columns["value"])  # under the lock of the task

    monkeypatch.setattr(operations, "_store", note)
    values = [Random(7).randint(0, 100) for _ in range(PATCHES)]

    def patch(value: int) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        path, body = f"/api/acme/web/tasks/{task.id}/", {"value": value}
        return Client().patch(path, body, content_type="application/json", headers=headers).status_code

    answers = together([lambda value=value: patch(value) for value in values])

    standings = [Standing(value, 100, "pending") for value in (0, *order)]
    expected = [crossed("*/10%", before, after) for before, after in pairwise(standings)]
    assert set(answers) == {200}
    assert sorted(order) == sorted(values)
    assert points() == Counter(point for point in expected if point)
    assert Progress.objects.get().value == order[-1]


def test_rising_values_cross_each_point_once_however_they_come(caller: Principal, at: datetime) -> None:
    """What is true of any order: a value that was never passed before is crossed at most once upwards."""
    task = track_task(
        principal=caller,
        said=Report(name="job", value=0, actions=(NewAction("100", "webhook:hook"),)),
        at=at,
    )

    together([
        lambda: report(principal=caller, task_id=task.id, said=Report(value=100), at=at)
        for _ in range(PATCHES)
    ])  # fmt: skip

    assert points() == {"100": 1}


def test_one_success_is_one_completion(caller: Principal, at: datetime) -> None:
    task = track_task(
        principal=caller, said=Report(name="job", actions=(NewAction("success", "webhook:hook"),)), at=at
    )

    together([
        lambda: report(principal=caller, task_id=task.id, said=Report(status="success"), at=at)
        for _ in range(20)
    ])  # fmt: skip

    assert points() == {"success": 1}
    assert Occurrence.objects.count() == 1


def test_two_doors_at_once_fire_once(
    caller: Principal, owner: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    """A runner reports success while its parent, a to-do, is ticked off with all that hangs on it."""
    session = principal_of(owner)
    for _ in range(10):
        parent, child = (
            track_task(
                principal=caller,
                said=Report(name="job", actions=(NewAction("success,pending", "webhook:hook"),)),
                at=at,
            )
            for _ in range(2)
        )
        report(principal=caller, task_id=child.id, said=Report(parent_id=parent.id), at=at)
        Delivery.objects.all().delete()

        together([
            lambda task_id=child.id: report(
                principal=caller, task_id=task_id, said=Report(status="success"), at=at
            ),
            lambda task_id=parent.id: complete_task(principal=session, task_id=task_id, at=at),
            lambda task_id=child.id: complete_task(principal=session, task_id=task_id, at=at),
            lambda task_id=parent.id: report(
                principal=caller, task_id=task_id, said=Report(status="success"), at=at
            ),
        ])  # fmt: skip

        assert points() == {"success": 2}


def test_tags_and_first_facets_of_many_are_all_kept(caller: Principal, at: datetime) -> None:
    task = track_task(principal=caller, said=Report(name="job"), at=at)
    Progress.objects.all().delete()

    together([
        lambda number=number: report(
            principal=caller, task_id=task.id, said=Report(tags={f"t{number}": "xx"}), at=at
        )
        for number in range(20)
    ])  # fmt: skip

    assert Progress.objects.get().tags == {f"t{number}": "xx" for number in range(20)}


def test_two_tasks_do_not_become_each_others_parent(caller: Principal, at: datetime) -> None:
    for _ in range(10):
        first, second = (track_task(principal=caller, said=Report(name="job"), at=at) for _ in range(2))

        ends = together([
            lambda a=first.id, b=second.id: report(
                principal=caller, task_id=a, said=Report(parent_id=b), at=at
            ),
            lambda a=first.id, b=second.id: report(
                principal=caller, task_id=b, said=Report(parent_id=a), at=at
            ),
        ])  # fmt: skip

        parents = Task.objects.filter(pk__in=[first.id, second.id]).values_list("parent", flat=True)
        assert [isinstance(end, Tracked) for end in ends].count(True) == 1
        assert list(parents).count(None) == 1


def test_sweeps_side_by_side_tell_once(caller: Principal, at: datetime) -> None:
    for _ in range(10):
        said = Report(
            name="job",
            status="processing",
            stale_timeout=10,
            max_runtime=5,
            actions=(NewAction("stale,max_runtime_exceeded", "webhook:hook"),),
        )
        track_task(principal=caller, said=said, at=at)
    moment = later(days=1)

    overruns = together([lambda: note_overruns(moment)] * 4)
    stale = together([lambda: mark_stale(moment)] * 4)

    assert (sum(overruns), sum(stale)) == (10, 10)
    assert points() == {"max_runtime_exceeded": 10, "stale": 10}


def test_a_heartbeat_and_the_sweep_agree(caller: Principal, at: datetime) -> None:
    for _ in range(10):
        said = Report(name="job", status="processing", stale_timeout=10)
        task = track_task(principal=caller, said=said, at=at)
        moment = later(seconds=60)

        together([
            lambda moment=moment: mark_stale(moment),
            lambda moment=moment, task_id=task.id: report(
                principal=caller, task_id=task_id, said=Report(), at=moment
            ),
        ])  # fmt: skip

        row = Task.objects.get(pk=task.id)
        was_heard = Progress.objects.get(pk=task.id).stale_check_at is not None
        assert (row.status == "processing") == was_heard
        assert row.updated_at == moment


def test_runs_that_come_together_are_all_noted(
    caller: Principal, owner: User, project: Project, principal_of: Callable[..., Principal], at: datetime
) -> None:
    monitor = add_monitor(
        principal=principal_of(owner),
        project_id=project.pk,
        name="backup",
        rhythm=Rhythm("interval", 60),
        integration="email",
        config={"to": "a@example.com"},
        at=at,
    )

    def run() -> Tracked:
        return track_task(principal=caller, said=Report(name="job"), monitor_id=monitor.pk, at=at)

    together([run] * 10)
    told = together([lambda: watch_monitors(later(days=1))] * 4)

    assert CheckIn.objects.count() == 10
    assert sum(told) == 1
    assert Monitor.objects.get().missing_since


def test_the_share_of_mails_is_never_exceeded(
    project: Project, owner: User, at: datetime, settings: Any
) -> None:
    settings.TASKTRACKER_ACTION_MAILS_PER_DAY = 7

    def send() -> int:
        return queue_action_mail(
            organization_id=project.organization_id,
            account_id=owner.pk,
            to=["a@example.com"],
            subject="s",
            lines=["l"],
            at=at,
        )

    sent = together([send] * 20)

    assert sum(sent) == 7
    assert Delivery.objects.count() == 7
