"""A to-do with an open stake cannot be made easier here either: 403, and nothing changes."""

from typing import Any

import pytest

from tasks.models import Task
from tests.conftest import NOW
from tests.dialects.todo.lists import BOUND, TODOS, add, change, everything, read, refused, stake

pytestmark = pytest.mark.django_db


@pytest.fixture
def staked(owners: Any) -> dict[str, Any]:
    """A to-do of the owner's with an open stake, due at the beginning of 2100."""
    todo = add(owners, "Run", description="5 km", dueTime="2100-01-01T00:00:00Z")
    stake(todo)
    return read(owners, todo)


@pytest.mark.parametrize(
    "body",
    [
        {"title": "Walk"},
        {"description": "1 km"},
        {"description": None},
        {"dueTime": "2100-01-01T00:00:01Z"},
        {"dueDate": "2100-01-02"},
        {"dueDate": None},
        {"isAllDay": True},
        {"priority": "high", "title": "Walk", "completed": True},
    ],
)
def test_it_cannot_be_made_easier(owners: Any, staked: dict[str, Any], body: Any) -> None:
    before = everything()

    response = owners.patch(f"{TODOS}/{staked['id']}", body)

    assert (response.status_code, response.json()) == (403, BOUND)
    assert everything() == before


def test_it_cannot_be_deleted(owners: Any, staked: dict[str, Any]) -> None:
    before = everything()

    response = owners.delete(f"{TODOS}/{staked['id']}")

    assert (response.status_code, response.json()) == (403, BOUND)
    assert everything() == before


def test_it_can_be_made_harder_and_planned(owners: Any, staked: dict[str, Any]) -> None:
    plan = {"priority": "high", "color": "#ff0000", "reminder": True, "sortKey": "b01"}

    changed = change(owners, staked, title="Run", dueTime="2099-12-31T00:00:00Z", **plan)

    due = {"dueDate": "2099-12-31", "dueTime": "2099-12-31T00:00:00.000Z"}
    assert changed == {**staked, **plan, **due}


def test_it_can_be_completed_in_time_and_reopened(owners: Any, staked: dict[str, Any]) -> None:
    assert change(owners, staked, completed=True)["completed"] is True
    assert refused(owners.patch(f"{TODOS}/{staked['id']}", {"title": "Walk"}), 403) == BOUND["message"]
    assert change(owners, staked, completed=False)["completed"] is False


def test_it_cannot_be_completed_after_its_deadline(owners: Any, staked: dict[str, Any]) -> None:
    stake(staked, due_at=NOW)
    before = everything()

    sentence = refused(owners.patch(f"{TODOS}/{staked['id']}", {"completed": True}), 403)

    assert sentence == "The deadline of this staked task has passed."
    assert everything() == before


def test_an_expired_one_stays_so(owners: Any, staked: dict[str, Any]) -> None:
    Task.objects.filter(pk=staked["id"]).update(status="expired", due_at=NOW)
    before = everything()

    assert refused(owners.patch(f"{TODOS}/{staked['id']}", {"completed": True}), 403)
    assert everything() == before
    assert change(owners, staked, completed=False)["completed"] is False
    assert everything() == before


def test_an_overdue_sub_task_does_not_hold_its_parent_back(owners: Any) -> None:
    parent = add(owners, "Parent")
    overdue, open_one = (add(owners, title, parentId=parent["id"]) for title in ("Overdue", "Open"))
    stake(overdue, due_at=NOW)
    stake(open_one)

    done = change(owners, parent, completed=True)

    assert [child["completed"] for child in done["children"]] == [False, True]
