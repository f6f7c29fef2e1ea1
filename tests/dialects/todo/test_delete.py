"""DELETE /api/v2/todo/:id: FT-18, FT-19."""

from typing import Any

import pytest

from accounts.models import Project
from tests.dialects.todo.lists import ABSENT, TODO_NOT_FOUND, TODOS, add, everything, refused, titles

pytestmark = pytest.mark.django_db


def test_ft_19_sub_tasks_go_with_their_parent(owners: Any) -> None:
    parent = add(owners, "Parent")
    child = add(owners, "Child", parentId=parent["id"])
    add(owners, "Other")

    response = owners.delete(f"{TODOS}/{parent['id']}")

    assert (response.status_code, response.json()) == (200, {"msg": "Todo deleted successfully"})
    assert titles(owners) == ["Other"]
    for gone in (parent, child):
        assert refused(owners.get(f"{TODOS}/{gone['id']}"), 404) == "Todo not found"
        assert refused(owners.delete(f"{TODOS}/{gone['id']}"), 404) == "Todo not found"


def test_a_sub_task_goes_alone(owners: Any) -> None:
    parent = add(owners, "Parent")
    child = add(owners, "Child", parentId=parent["id"])

    owners.delete(f"{TODOS}/{child['id']}")

    assert titles(owners) == ["Parent"]


def test_ft_18_what_is_not_mine_stays(owners: Any, teammates: Any, outsiders: Any, project: Project) -> None:
    todo = add(owners, "Mine", projectId=project.pk)
    before = everything()

    for app, task_id in ((owners, str(ABSENT)), (teammates, todo["id"]), (outsiders, todo["id"])):
        response = app.delete(f"{TODOS}/{task_id}")
        assert (response.status_code, response.json()) == (404, TODO_NOT_FOUND)
    assert everything() == before
