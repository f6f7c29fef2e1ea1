"""Leases of runs: by the database's clock, handed back three times, then failed."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from accounts.models import Project, User
from accounts.operations.organizations import create_project
from accounts.rules.principal import Principal
from tasks.jobs import SWEEPS
from tasks.models import Run, Task
from tasks.operations.briefs import NewBrief, create_briefed_task
from tasks.operations.run_queue import Lease, claim_run, hand_back_lost, renew_lease
from tasks.operations.runs import RunChange, create_run, edit_run, start_run
from tasks.operations.shelving import delete_task
from tasks.rules.run_requests import RunRequest
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner, project_id=project.pk)


@pytest.fixture
def task_id(caller: Principal) -> UUID:
    return create_briefed_task(principal=caller, wanted=NewBrief(title="Fix login"), at=NOW)


def queue(caller: Principal, task_id: UUID) -> Run:
    return start_run(principal=caller, task_id=task_id, request=RunRequest(), at=clock.now())


def claimed(caller: Principal) -> Lease:
    lease = claim_run(principal=caller, at=clock.now())
    assert lease
    return lease


def lose_lease() -> None:
    Run.objects.filter(status="in_progress").update(lease_until=clock.now() - timedelta(seconds=1))


def test_a_lease_that_is_lost_four_times_is_the_end(caller: Principal, task_id: UUID) -> None:
    queue(caller, task_id)
    standings = []
    for _ in range(4):
        claimed(caller)
        lose_lease()
        assert SWEEPS["runs"](NOW) == 1
        run = Run.objects.get()
        standings.append((run.status, run.hand_backs, run.lease_until, Task.objects.get().status))

    assert standings == [
        ("queued", 1, None, "pending"),
        ("queued", 2, None, "pending"),
        ("queued", 3, None, "pending"),
        ("failed", 4, None, "error"),
    ]
    assert run.error_message == "The runner fell silent 4 times."
    assert run.completed_at == NOW
    assert claim_run(principal=caller, at=NOW) is None


def test_a_run_comes_back_to_its_old_place(caller: Principal, task_id: UUID) -> None:
    first, _second = queue(caller, task_id), queue(caller, task_id)
    claimed(caller)
    lose_lease()

    assert claimed(caller).run_id == first.pk


def test_only_what_is_lost_is_handed_back(caller: Principal, task_id: UUID) -> None:
    queue(caller, task_id)
    lease = claimed(caller)

    assert hand_back_lost(clock.now() + timedelta(days=1)) == 0
    renewed = renew_lease(principal=caller, task_id=lease.task_id, run_id=lease.run_id, fence=lease.fence)
    assert renewed.until >= lease.until
    assert Run.objects.get().status == "in_progress"


def test_a_runner_of_another_project_gets_nothing(
    caller: Principal, task_id: UUID, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    queue(caller, task_id)
    other = create_project(
        principal=principal_of(owner), organization_id=project.organization_id, name="Other", at=NOW
    )

    assert claim_run(principal=principal_of(owner, project_id=other.pk), at=NOW) is None


def test_nobody_claims_for_a_deleted_task(
    caller: Principal, task_id: UUID, owner: User, principal_of: Callable[..., Principal]
) -> None:
    queue(caller, task_id)
    delete_task(principal=principal_of(owner), task_id=task_id, at=NOW)

    assert claim_run(principal=caller, at=NOW) is None


def test_a_local_run_is_not_in_the_queue(caller: Principal, task_id: UUID) -> None:
    create_run(principal=caller, task_id=task_id, request=RunRequest(environment="local"), at=NOW)
    run = queue(caller, task_id)
    change = RunChange(environment="local")
    edit_run(principal=caller, task_id=task_id, run_id=run.pk, change=change, at=NOW)

    assert claim_run(principal=caller, at=NOW) is None


def test_a_runner_hands_back_what_it_cannot_finish(caller: Principal, task_id: UUID) -> None:
    queue(caller, task_id)
    lease = claimed(caller)

    edit_run(
        principal=caller,
        task_id=task_id,
        run_id=lease.run_id,
        change=RunChange(status="queued"),
        fence=lease.fence,
        at=clock.now(),
    )

    run = Run.objects.get()
    assert (run.status, run.lease_until, run.hand_backs) == ("queued", None, 0)
    assert claimed(caller).fence == lease.fence + 2
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("limit", [22])
def test_a_claim_takes_few_statements(
    caller: Principal, task_id: UUID, limit: int, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(3):
        queue(caller, task_id)

    with django_assert_max_num_queries(limit):
        claim_run(principal=caller, at=clock.now())
    Run.objects.update(status="completed", completed_at=NOW, lease_until=None)
    with django_assert_max_num_queries(2):
        assert claim_run(principal=caller, at=clock.now()) is None
