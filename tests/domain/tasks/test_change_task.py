"""Changing a task whole, placing it, and naming it in a token's scope."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Project, User
from accounts.operations.credentials import BadScope
from accounts.rules.principal import Principal
from accounts.rules.scopes import task_scope
from tasks.models import Schedule, Task
from tasks.operations.changing import TaskChange, change_task
from tasks.operations.editing import BadParent, NoSuchProject, create_task
from tasks.operations.tokens import issue_token
from tasks.queries.owned import owned_task, owned_tasks
from tasks.queries.tasks import locked, reachable
from tasks.rules.schedule import Frequency, Plan
from tasktracker.core.errors import Invalid, NotFound
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

DAILY = Plan(
    frequency=Frequency.DAILY,
    interval=1,
    time_of_day=time(9),
    time_zone="UTC",
    anchor_date=date(2026, 3, 2),
)


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner)


@pytest.fixture
def task(caller: Principal) -> Task:
    return create_task(principal=caller, title="Water", description="all", schedule=DAILY, at=NOW)


def change(caller: Principal, task: Task, **values: Any) -> dict[str, Any]:
    change_task(principal=caller, task_id=task.pk, change=TaskChange(**values), at=NOW + timedelta(hours=1))
    return dict(Task.objects.values().get(pk=task.pk))


def test_what_is_unset_stays(caller: Principal, task: Task) -> None:
    before = Task.objects.values().get()

    after = change(caller, task, title="Feed")

    changed = {name for name, value in after.items() if value != before[name]}
    assert changed == {"title", "search_text", "updated_at"}
    assert Schedule.objects.get().plan == DAILY


def test_the_same_plan_goes_on_and_another_begins(caller: Principal, task: Task) -> None:
    Schedule.objects.update(run_count=5)
    later = Plan(**{**vars(DAILY), "anchor_date": date(2026, 4, 1)})

    change(caller, task, schedule=later)
    assert Schedule.objects.values_list("anchor_date", "run_count").get() == (DAILY.anchor_date, 5)

    change(caller, task, schedule=Plan(**{**vars(later), "interval": 2}))
    assert Schedule.objects.values_list("anchor_date", "run_count").get() == (later.anchor_date, 0)

    change(caller, task, schedule=None)
    assert not Schedule.objects.exists()


def test_sub_tasks_go_along_to_another_project(caller: Principal, task: Task, project: Project) -> None:
    child = create_task(principal=caller, title="Fill the can", parent_id=task.pk, at=NOW)

    change(caller, task, project_id=project.pk)

    assert {task.project_id for task in Task.objects.all()} == {project.pk}
    assert Task.objects.get(pk=child.pk).parent_id == task.pk


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"project_id": 10**9}, NoSuchProject),
        ({"parent_id": UUID(int=1)}, BadParent),
        ({"title": "x" * 501}, Invalid),
        ({"schedule": Plan(**{**vars(DAILY), "interval": 0})}, Invalid),
    ],
)
def test_all_of_it_or_nothing(
    caller: Principal, task: Task, values: dict[str, Any], refusal: type[Exception]
) -> None:
    before = Task.objects.values().get(), Schedule.objects.values().get()

    with pytest.raises(refusal):
        change(caller, task, **{"title": "Feed", "due_at": NOW, **values})

    assert (Task.objects.values().get(), Schedule.objects.values().get()) == before


# --- what a device reaches ----------------------------------------------------------------------------------
@pytest.fixture
def device(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    """The owner's mobile app."""
    return principal_of(owner, kind="device_token")


@pytest.fixture
def shared(teammate: User, project: Project, principal_of: Callable[..., Principal]) -> Task:
    """The team-mate's task in the project that the owner may write."""
    return create_task(principal=principal_of(teammate), title="Shared", project_id=project.pk, at=NOW)


def test_a_device_reaches_what_its_owner_owns(
    caller: Principal, device: Principal, task: Task, shared: Task
) -> None:
    assert [reachable(caller, each.pk) for each in (task, shared)] == [task, shared]
    assert (reachable(device, task.pk), locked(device, task.pk), owned_task(device, task.pk)) == (task,) * 3
    assert list(owned_tasks(device)) == list(owned_tasks(caller)) == [task]
    for reach in (reachable, locked, owned_task):
        with pytest.raises(NotFound):
            reach(device, shared.pk)


def test_a_scope_names_a_task_that_is_reached(
    caller: Principal, device: Principal, task: Task, shared: Task
) -> None:
    def issue(principal: Principal, scope: str) -> str:
        issued = issue_token(principal=principal, name="t", scope=scope, at=NOW)
        return issued.credential.scope

    assert issue(device, "user") == "user"
    assert issue(device, task_scope(task.pk)) == task_scope(task.pk)
    assert issue(caller, task_scope(shared.pk)) == task_scope(shared.pk)
    for scope in (task_scope(shared.pk), task_scope(UUID(int=1)), "task:1", "admin"):
        with pytest.raises(BadScope):
            issue(device, scope)
