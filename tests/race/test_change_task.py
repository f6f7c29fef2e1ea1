"""A phone and a to-do app at once: families stay two deep, and a stake is put on once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.operations.devices import check_device_token, issue_device_token, revoke_device
from accounts.rules.principal import Principal
from charges.models import MonthLedger
from charges.operations.staking import put_stake
from tasks.models import Task
from tasks.operations.changing import TaskChange, change_task
from tasks.operations.editing import create_task
from tasks.operations.todos import TodoChange, change_todo
from tasktracker.core.errors import DomainError
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5
DUE = datetime(2100, 1, 4, 12, tzinfo=UTC)


def together(*calls: Callable[[], Any]) -> list[str]:
    """Run all calls at the same moment; returns "" for each that worked, else the name of its refusal."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> str:
        gate.wait(timeout=20)
        try:
            call()
        except DomainError as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner)


def test_two_tasks_do_not_become_each_others_parents(caller: Principal) -> None:
    def by_phone(task: Task, parent: Task) -> None:
        change_task(principal=caller, task_id=task.pk, change=TaskChange(parent_id=parent.pk), at=NOW)

    def by_app(task: Task, parent: Task) -> None:
        change_todo(principal=caller, task_id=task.pk, change=TodoChange(parent_id=parent.pk), at=NOW)

    for move in (by_phone, by_app) * ROUNDS:
        one, two = (create_task(principal=caller, title="T", at=NOW) for _ in range(2))

        outcomes = together(lambda a=one, b=two: by_phone(a, b), lambda a=one, b=two, go=move: go(b, a))

        assert outcomes == ["", "BadParent"]
        family = Task.objects.filter(pk__in=(one.pk, two.pk))
        assert family.filter(parent=None).count() == 1


def test_the_same_stake_at_once_is_answered_alike(caller: Principal, owner: User) -> None:
    for _ in range(ROUNDS):
        task = create_task(principal=caller, title="T", at=NOW)

        def put(task: Task = task) -> None:
            put_stake(principal=caller, task_id=task.pk, stake_cents=500, due_at=DUE, at=NOW)

        assert together(*[put] * 8) == [""] * 8
        task.refresh_from_db()
        assert (task.stake_cents, task.due_at) == (500, DUE)
    assert MonthLedger.objects.get(user=owner).staked_cents == 500 * ROUNDS


def test_a_device_is_revoked_once(caller: Principal, owner: User) -> None:
    for _ in range(ROUNDS):
        token = issue_device_token(user=owner, name="Phone", at=NOW).token
        device_id = check_device_token(token).credential_id
        assert device_id is not None

        def revoke(wanted: Any = device_id) -> None:
            revoke_device(principal=caller, device_id=wanted, at=NOW)

        assert together(*[revoke] * 4) == ["", *["NotFound"] * 3]
