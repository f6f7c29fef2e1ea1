"""Making tasks: whose they are, where they go, and what is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Project, User
from accounts.queries.projects import inbox_of
from accounts.rules.principal import Principal
from tasks.models import Schedule, Task
from tasks.operations.editing import BadParent, NoSuchProject, create_task
from tasks.rules.limits import MAX_COOLDOWN_SECONDS, MAX_DESCRIPTION
from tasks.rules.schedule import Frequency, Plan
from tasktracker.core.errors import Forbidden, Invalid
from tests.domain.tasks.conftest import FAR, PAST


def test_a_task_is_stored_as_given(caller: Principal, owner: User, at: datetime) -> None:
    task = create_task(
        principal=caller,
        title="Water the plants",
        description="All of them",
        due_at=FAR,
        is_all_day=True,
        notification_cooldown_seconds=3600,
        at=at,
    )

    assert Task.objects.values().get() == {
        "id": task.pk,
        "project_id": inbox_of(owner.pk).pk,
        "owner_id": owner.pk,
        "parent_id": None,
        "title": "Water the plants",
        "description": "All of them",
        "search_text": "water the plants\nall of them",
        "status": "pending",
        "due_at": FAR,
        "is_all_day": True,
        "stake_cents": None,
        "notification_cooldown_seconds": 3600,
        "completed_at": None,
        "archived_at": None,
        "deleted_at": None,
        "created_at": at,
        "updated_at": at,
    }


def test_a_member_makes_tasks_in_the_project_and_owns_them(
    project: Project, teammate: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    task = create_task(principal=principal_of(teammate), title="T", project_id=project.pk, at=at)

    assert (task.project_id, task.owner_id) == (project.pk, teammate.pk)


def test_a_project_key_makes_tasks_in_its_project(
    project: Project, owner: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    key = principal_of(owner, kind="project_key", project_id=project.pk)

    assert create_task(principal=key, title="T", at=at).project_id == project.pk
    with pytest.raises(NoSuchProject):
        create_task(principal=key, title="T", project_id=inbox_of(owner.pk).pk, at=at)


@pytest.mark.parametrize("is_absent", [True, False])
def test_a_foreign_project_is_refused_like_an_absent_one(
    project: Project,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
    is_absent: bool,
) -> None:
    project_id = 2**31 if is_absent else project.pk

    with pytest.raises(NoSuchProject):
        create_task(principal=principal_of(outsider), title="T", project_id=project_id, at=at)

    assert not Task.objects.exists()


def test_a_sub_task_goes_to_its_parents_project(
    make_task: Callable[..., Task], project: Project, caller: Principal, at: datetime
) -> None:
    parent = make_task(project_id=project.pk)

    child = create_task(principal=caller, title="T", parent_id=parent.pk, at=at)

    assert (child.parent_id, child.project_id) == (parent.pk, project.pk)


def test_sub_tasks_nest_one_level(make_task: Callable[..., Task], caller: Principal, at: datetime) -> None:
    child = make_task(parent_id=make_task().pk)

    with pytest.raises(BadParent) as refusal:
        create_task(principal=caller, title="T", parent_id=child.pk, at=at)

    assert refusal.value.problems[0].code == "nested"
    assert Task.objects.count() == 2


@pytest.mark.parametrize("kind", ["absent", "deleted", "foreign"])
def test_a_parent_that_cannot_be_reached_is_refused(
    make_task: Callable[..., Task],
    caller: Principal,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
    kind: str,
) -> None:
    parents = {
        "absent": UUID(int=1),
        "deleted": make_task({"deleted_at": PAST}).pk,
        "foreign": make_task(principal=principal_of(outsider)).pk,
    }

    with pytest.raises(BadParent) as refusal:
        create_task(principal=caller, title="T", parent_id=parents[kind], at=at)

    assert refusal.value.problems[0].code == "does_not_exist"


def test_a_schedule_is_due_at_its_first_slot(caller: Principal, at: datetime) -> None:
    plan = Plan(Frequency.DAILY, 2, time(9), "Europe/Berlin", anchor_date=date(2026, 3, 1))

    task = create_task(principal=caller, title="T", schedule=plan, at=at)

    schedule = Schedule.objects.get(task=task)
    assert schedule.plan == plan
    assert (schedule.run_count, schedule.next_at) == (0, datetime(2026, 3, 3, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"title": "x" * 501}, "title", "max_length"),
        ({"title": "a\x00b"}, "title", "null_characters_not_allowed"),
        ({"title": "a\ud800b"}, "title", "surrogate_characters_not_allowed"),
        ({"description": "x" * (MAX_DESCRIPTION + 1)}, "description", "max_length"),
        ({"due_at": datetime(1970, 1, 1, tzinfo=UTC)}, "due_at", "out_of_range"),
        ({"notification_cooldown_seconds": 0}, "notification_cooldown_seconds", "min_value"),
        (
            {"notification_cooldown_seconds": MAX_COOLDOWN_SECONDS + 1},
            "notification_cooldown_seconds",
            "max_value",
        ),
        (
            {"schedule": Plan(Frequency.WEEKLY, 1, time(9), "UTC", anchor_date=date(2026, 3, 1))},
            "schedule.weekday",
            "required",
        ),
    ],
)
def test_bad_values_are_named_and_nothing_is_made(
    caller: Principal, at: datetime, values: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_task(**{"principal": caller, "title": "T", "at": at, **values})

    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [(field, code)]
    assert not Task.objects.exists()


def test_the_longest_values_are_stored(caller: Principal, at: datetime) -> None:
    task = create_task(
        principal=caller,
        title="ä" * 500,
        description="x" * MAX_DESCRIPTION,
        due_at=datetime(9999, 12, 31, tzinfo=UTC),
        at=at,
    )

    task.refresh_from_db()
    assert task.title == "ä" * 500


def test_a_token_for_one_task_makes_no_tasks(
    task: Task, owner: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    token = principal_of(owner, kind="triggers_token", scopes=frozenset({f"task:{task.pk}"}))

    with pytest.raises(Forbidden):
        create_task(principal=token, title="T", at=at)

    assert Task.objects.count() == 1
