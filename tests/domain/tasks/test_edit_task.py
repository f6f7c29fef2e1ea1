"""Editing: what is given changes, and no door makes a staked task easier."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.operations.editing import edit_task
from tasks.rules.binding import StakeBinds
from tasktracker.core.errors import Invalid, NotFound
from tests.domain.tasks.conftest import FAR, PAST, row_of

STAKED = {"stake_cents": 500, "due_at": FAR}


def test_what_is_unset_stays(make_task: Callable[..., Task], caller: Principal, at: datetime) -> None:
    task = make_task(description="All of them", due_at=FAR, notification_cooldown_seconds=60)
    before = row_of(task)["task"]
    later = at + timedelta(hours=1)

    edit_task(principal=caller, task_id=task.pk, title="Feed the cat", due_at=None, at=later)

    assert row_of(task)["task"] == {
        **before,
        "title": "Feed the cat",
        "search_text": "feed the cat\nall of them",
        "due_at": None,
        "updated_at": later,
    }


def test_every_field_can_change(task: Task, caller: Principal, at: datetime) -> None:
    values: dict[str, Any] = {
        "title": "Feed the cat",
        "description": "Twice",
        "due_at": FAR,
        "is_all_day": True,
        "notification_cooldown_seconds": 60,
    }

    edited = edit_task(principal=caller, task_id=task.pk, at=at, **values)

    assert {name: row_of(task)["task"][name] for name in values} == values
    assert {name: getattr(edited, name) for name in values} == values


def test_bad_values_change_nothing(task: Task, caller: Principal, at: datetime) -> None:
    before = row_of(task)

    with pytest.raises(Invalid) as refusal:
        edit_task(principal=caller, task_id=task.pk, title="x" * 501, description="\x00", at=at)

    assert [problem.field for problem in refusal.value.problems] == ["title", "description"]
    assert row_of(task) == before


@pytest.mark.parametrize(
    "values",
    [
        {"title": "Easier"},
        {"description": "Easier"},
        {"due_at": FAR + timedelta(seconds=1)},
        {"due_at": None},
    ],
)
@pytest.mark.parametrize("status", ["pending", "processing", "success", "expired"])
def test_a_stake_binds(
    make_task: Callable[..., Task], caller: Principal, at: datetime, values: dict[str, Any], status: str
) -> None:
    task = make_task({**STAKED, "status": status, "completed_at": PAST if status == "success" else None})
    before = row_of(task)

    with pytest.raises(StakeBinds):
        edit_task(principal=caller, task_id=task.pk, at=at, **values)

    assert row_of(task) == before


@pytest.mark.parametrize(
    "values",
    [{"due_at": FAR - timedelta(days=1)}, {"notification_cooldown_seconds": 60}, {"is_all_day": True}],
)
def test_a_staked_task_can_be_made_harder(
    make_task: Callable[..., Task], caller: Principal, at: datetime, values: dict[str, Any]
) -> None:
    task = make_task(STAKED)

    edit_task(principal=caller, task_id=task.pk, at=at, **values)

    assert {name: row_of(task)["task"][name] for name in values} == values


def test_the_terms_of_a_settled_stake_stand(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task({"stake_cents": 500, "due_at": at, "status": "success", "completed_at": PAST})
    before = row_of(task)

    with pytest.raises(StakeBinds):
        edit_task(principal=caller, task_id=task.pk, due_at=PAST, at=at)

    assert row_of(task) == before


def test_a_teammate_edits_and_an_outsider_finds_nothing(
    make_task: Callable[..., Task],
    project: Project,
    teammate: User,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    task = make_task(project_id=project.pk)
    before = row_of(task)

    with pytest.raises(NotFound):
        edit_task(principal=principal_of(outsider), task_id=task.pk, title="Mine", at=at)
    assert row_of(task) == before

    edit_task(principal=principal_of(teammate), task_id=task.pk, title="Ours", at=at)
    assert row_of(task)["task"]["title"] == "Ours"
