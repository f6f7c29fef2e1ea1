"""Agents' tasks and devices under many hands at once: numbers once each, one presence, 20 devices (P27)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Project, PushToken, User
from accounts.operations.push_tokens import register_push_token, unregister_push_token
from accounts.rules.principal import Principal
from tasks.models import Brief, Presence
from tasks.operations.briefs import BriefChange, NewBrief, create_briefed_task, edit_briefed_task
from tasks.operations.editing import create_task
from tasks.operations.presence import NoSuchDevice, watch_task

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 12


@pytest.fixture
def caller(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Principal:
    """The owner, in acme/web."""
    return principal_of(owner, project_id=project.pk)


def together(call: Callable[[int], Any], times: int) -> list[Any]:
    """Call so many times from threads that start at one moment; returns what each returned."""
    gate = Barrier(THREADS)

    def run(number: int) -> Any:
        if number < THREADS:
            gate.wait(timeout=10)
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(times)))


def test_no_number_is_given_twice(caller: Principal, project: Project, at: datetime) -> None:
    elsewhere = [create_task(principal=caller, title="x", at=at).pk for _ in range(20)]

    def make_or_change(number: int) -> None:
        if number % 2:
            create_briefed_task(principal=caller, wanted=NewBrief(title="x"), at=at)
        else:
            change = BriefChange(repository="a/b")
            edit_briefed_task(principal=caller, task_id=elsewhere[number // 2], change=change, at=at)

    together(make_or_change, 40)

    numbers = Brief.objects.filter(project=project).values_list("number", flat=True)
    assert sorted(numbers) == list(range(40))


def test_many_beacons_are_one_presence(caller: Principal, at: datetime) -> None:
    task = create_task(principal=caller, title="x", at=at)
    device = register_push_token(principal=caller, token="x", platform="ios", at=at)

    together(lambda _: watch_task(principal=caller, task_id=task.pk, device_id=device.pk), 200)

    assert Presence.objects.count() == 1


def test_a_device_that_goes_away_while_it_watches(caller: Principal, at: datetime) -> None:
    task = create_task(principal=caller, title="x", at=at)

    def come_and_go(number: int) -> None:
        device = register_push_token(principal=caller, token="x", platform="ios", at=at)
        if number % 3 == 0:
            unregister_push_token(principal=caller, token="x")
        try:
            watch_task(principal=caller, task_id=task.pk, device_id=device.pk)
        except NoSuchDevice:
            return

    together(come_and_go, 60)

    assert Presence.objects.count() <= PushToken.objects.count() <= 1


def test_no_account_has_more_than_20_devices(caller: Principal, at: datetime) -> None:
    together(
        lambda number: register_push_token(principal=caller, token=f"t{number}", platform="web", at=at), 48
    )

    assert PushToken.objects.count() == 20


def test_a_device_that_two_accounts_register_at_once_belongs_to_one(
    caller: Principal, teammate: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    other = principal_of(teammate)

    together(
        lambda number: register_push_token(
            principal=caller if number % 2 else other, token="x", platform="ios", at=at
        ),
        24,
    )

    assert PushToken.objects.count() == 1
