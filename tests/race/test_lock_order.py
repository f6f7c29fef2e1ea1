"""Whoever holds several things takes them in one order: account, tasks (parents first), the day's mails.

On PostgreSQL a circle is a deadlock, and somebody's word is lost with it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Project, User
from accounts.operations.project_keys import check_project_key, issue_project_key
from accounts.rules.principal import Principal
from charges.operations.missed import cry_uncle, expire_missed
from tasks.models import Task
from tasks.operations.actions import NewAction
from tasks.operations.lifecycle import complete_task
from tasks.operations.progress import Report, report, track_task
from tasks.operations.todos import TodoChange, change_todo, change_todos
from tasktracker.core import clock
from tests.conftest import NOW
from tests.race.test_progress import together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12
FAR = datetime(2100, 1, 1, tzinfo=UTC)
DONE = TodoChange(is_completed=True)
MAIL = NewAction("success,error", "email", {"to": "a@example.com"})


@pytest.fixture
def person(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    """The owner's session."""
    return principal_of(owner)


@pytest.fixture
def runner(person: Principal, project: Project, settings: Any) -> Principal:
    """A key of the owner's to acme/web, whose actions may send as many mails as they like."""
    settings.TASKTRACKER_ACTION_MAILS_PER_DAY = 10_000
    key = issue_project_key(principal=person, project_id=project.pk, name="ci", at=NOW)
    return check_project_key(key.secret, org="acme", project="web")


@pytest.fixture
def make(runner: Principal) -> Callable[..., UUID]:
    """Make a task that mails when it ends."""

    def make_task(**said: Any) -> UUID:
        return track_task(principal=runner, said=Report(name="job", actions=(MAIL,), **said), at=NOW).id

    return make_task


def success(runner: Principal, task_id: UUID) -> Callable[[], Any]:
    return lambda: report(principal=runner, task_id=task_id, said=Report(status="success"), at=NOW)


def test_a_parent_and_its_children(make: Callable[..., UUID], runner: Principal, person: Principal) -> None:
    for _ in range(ROUNDS):
        parent = make()
        children = [make(parent_id=parent) for _ in range(3)]

        together([
            lambda task_id=parent: complete_task(principal=person, task_id=task_id, at=NOW),
            *(success(runner, child) for child in reversed(children)),
        ])  # fmt: skip

    assert set(Task.objects.values_list("status", flat=True)) == {"success"}


def test_many_at_once_and_each_alone(make: Callable[..., UUID], runner: Principal, person: Principal) -> None:
    for _ in range(ROUNDS):
        tasks = [make() for _ in range(4)]

        together([
            lambda ids=tasks: change_todos(principal=person, task_ids=ids, change=DONE, at=NOW),
            *(success(runner, task_id) for task_id in reversed(tasks)),
        ])  # fmt: skip

    assert set(Task.objects.values_list("status", flat=True)) == {"success"}


def test_giving_up_missing_and_tidying_up(make: Callable[..., UUID], person: Principal) -> None:
    def change(task_id: UUID, **wanted: Any) -> Callable[[], Any]:
        said = TodoChange(**wanted)
        return lambda: change_todo(principal=person, task_id=task_id, change=said, at=clock.now())

    def give_up(task_id: UUID) -> Callable[[], Any]:
        return lambda: cry_uncle(principal=person, task_id=task_id, at=clock.now())

    for _ in range(ROUNDS):
        given_up, missed, done = (make() for _ in range(3))
        Task.objects.filter(pk=given_up).update(stake_cents=500, due_at=FAR)
        Task.objects.filter(pk=missed).update(stake_cents=500, due_at=NOW)

        together([
            give_up(given_up),
            lambda: expire_missed(clock.now()),
            change(done, is_completed=True),
            change(given_up, priority="high"),
            change(missed, color="red"),
        ])  # fmt: skip
        expire_missed(clock.now())  # what somebody held in that moment

    assert Task.objects.filter(status="expired").count() == 2 * ROUNDS
    assert Task.objects.filter(status="success").count() == ROUNDS
