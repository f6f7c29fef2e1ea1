"""Runs under many hands at once: each is claimed once, its files are taken once, its log has no gaps."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Artifact, LogChunk, Run, StreamPlace, Task
from tasks.operations.artifacts import MissingArtifacts
from tasks.operations.briefs import NewBrief, create_briefed_task
from tasks.operations.run_logs import append_log
from tasks.operations.run_moves import StaleFence
from tasks.operations.run_queue import claim_run, hand_back_lost, renew_lease
from tasks.operations.run_streams import open_place
from tasks.operations.runs import RunChange, edit_run, start_run
from tasks.queries.run_logs import log_since
from tasks.rules.run_requests import RunRequest
from tasktracker.core import clock
from tasktracker.core.errors import LimitExceeded

pytestmark = pytest.mark.django_db(transaction=True)

RUNNERS = 50
RUNS = 200


@pytest.fixture
def caller(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner, project_id=project.pk)


@pytest.fixture
def task_id(caller: Principal) -> UUID:
    return create_briefed_task(principal=caller, wanted=NewBrief(title="Fix login"), at=clock.now())


def together(calls: list[Callable[[], Any]], *refusals: type[Exception]) -> list[Any]:
    """Run calls at one moment, each from a thread of its own; returns what each returned, or its refusal."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait(timeout=30)
        try:
            return call()
        except refusals as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.slow
def test_fifty_runners_run_two_hundred_runs_once_each(caller: Principal) -> None:
    at = clock.now()
    tasks = [
        create_briefed_task(principal=caller, wanted=NewBrief(title=f"Task {n}"), at=at) for n in range(20)
    ]
    for number in range(RUNS):
        start_run(principal=caller, task_id=tasks[number % 20], request=RunRequest(), at=clock.now())

    def work() -> list[UUID]:
        done = []
        while lease := claim_run(principal=caller, runner_name="r", at=clock.now()):
            done.append(lease.run_id)
            edit_run(
                principal=caller,
                task_id=lease.task_id,
                run_id=lease.run_id,
                change=RunChange(status="completed"),
                fence=lease.fence,
                at=clock.now(),
            )
        return done

    done = together([work] * RUNNERS)

    assert Counter(chain(*done)) == Counter(Run.objects.values_list("pk", flat=True))
    assert sum(map(len, done)) == RUNS
    assert set(Run.objects.values_list("status", "fence", "hand_backs")) == {("completed", 1, 0)}
    assert set(Task.objects.values_list("status", flat=True)) == {"success"}


def test_the_oldest_waits_no_longer_than_the_youngest(caller: Principal, task_id: UUID) -> None:
    runs = [
        start_run(principal=caller, task_id=task_id, request=RunRequest(), at=clock.now()) for _ in range(5)
    ]

    leases = [claim_run(principal=caller, at=clock.now()) for _ in range(6)]

    assert [lease.run_id if lease else None for lease in leases] == [*(run.pk for run in runs), None]


def test_one_staged_file_goes_with_one_of_twenty_runs(caller: Principal, task_id: UUID) -> None:
    at = clock.now()
    staged = Artifact.objects.create(
        task_id=task_id,
        state="staged",
        name="a.txt",
        type="context",
        size=5,
        digest="d" * 64,
        storage_path="staged/a.txt",
        created_at=at,
        uploaded_at=at,
        finalized_at=at,
        expires_at=at + timedelta(days=1),
    )
    request = RunRequest(artifact_ids=(staged.pk.hex,))

    answers = together(
        [lambda: start_run(principal=caller, task_id=task_id, request=request, at=clock.now())] * 20,
        MissingArtifacts,
    )

    assert answers.count(MissingArtifacts) == 19
    (run,) = Run.objects.all()
    assert Artifact.objects.get().run_id == run.pk


def test_a_lost_lease_is_taken_back_once(caller: Principal, task_id: UUID) -> None:
    start_run(principal=caller, task_id=task_id, request=RunRequest(), at=clock.now())
    lease = claim_run(principal=caller, at=clock.now())
    assert lease
    Run.objects.update(lease_until=clock.now() - timedelta(seconds=1))

    counts = together([lambda: hand_back_lost(clock.now())] * 12)

    assert sum(counts) == 1
    run = Run.objects.get()
    assert (run.status, run.hand_backs, run.lease_until) == ("queued", 1, None)
    held = {"principal": caller, "task_id": task_id, "run_id": run.pk, "fence": lease.fence}
    with pytest.raises(StaleFence):
        renew_lease(**held)
    with pytest.raises(StaleFence):
        append_log(**held, entries=[{"late": True}], at=clock.now())
    with pytest.raises(StaleFence):
        edit_run(**held, change=RunChange(status="completed"), at=clock.now())
    assert Run.objects.values().get() == {name: getattr(run, name) for name in Run.objects.values().get()}
    assert not LogChunk.objects.exists()


def test_claiming_and_taking_back_at_once_leave_one_holder(caller: Principal, task_id: UUID) -> None:
    start_run(principal=caller, task_id=task_id, request=RunRequest(), at=clock.now())
    claim_run(principal=caller, at=clock.now())
    Run.objects.update(lease_until=clock.now() - timedelta(seconds=1))

    leases = together([lambda: claim_run(principal=caller, at=clock.now())] * 16)

    (lease,) = [lease for lease in leases if lease]
    run = Run.objects.get()
    assert (run.status, run.hand_backs, run.fence) == ("in_progress", 1, lease.fence)


def test_a_log_has_no_gaps(caller: Principal, task_id: UUID) -> None:
    run = start_run(principal=caller, task_id=task_id, request=RunRequest(), at=clock.now())
    held: dict[str, Any] = {"principal": caller, "task_id": task_id, "run_id": run.pk}
    key = uuid4()

    def append(number: int) -> Callable[[], None]:
        entries = [{"of": number, "part": part} for part in range(3)]
        return lambda: append_log(**held, entries=entries, at=clock.now())

    def repeat() -> None:
        append_log(**held, entries=[{"once": True}], key=key, at=clock.now())

    together([*(append(number) for number in range(12)), *([repeat] * 4)])

    entries = list(log_since(run.pk, 0))
    assert [number for number, _ in entries] == list(range(12 * 3 + 1))
    assert len({text for _, text in entries}) == 12 * 3 + 1
    assert Run.objects.get().log_count == 12 * 3 + 1


def test_an_account_has_two_places_for_streams(caller: Principal) -> None:
    answers = together([lambda: open_place(caller)] * 16, LimitExceeded)

    assert answers.count(LimitExceeded) == 14
    assert StreamPlace.objects.count() == 2
