"""PATCH and DELETE /api/v2/todo/bulk: FT-20, FT-21."""

from typing import Any

import pytest

from accounts.models import Project
from tests.dialects.todo.lists import (
    ABSENT,
    BOUND,
    TODOS,
    add,
    add_project,
    add_tag,
    everything,
    listed,
    read,
    refused,
    stake,
    titles,
)

pytestmark = pytest.mark.django_db


def bulk(*todos: Any) -> str:
    return f"{TODOS}/bulk?todoIds=" + ",".join(
        todo if isinstance(todo, str) else todo["id"] for todo in todos
    )


def test_ft_20_only_own_ones_are_changed_and_counted(
    owners: Any, teammates: Any, outsiders: Any, project: Project
) -> None:
    mine = [add(owners, title, projectId=project.pk) for title in "AB"]
    foreign = [add(app, "C") for app in (teammates, outsiders)]

    two = owners.patch(bulk(*mine), {"priority": "high"})
    more = owners.patch(bulk(*mine, *foreign, str(ABSENT), "x", mine[0]), {"priority": "low"})

    assert (two.status_code, two.json()) == (200, {"todos": 2})
    assert (more.status_code, more.json()) == (200, {"todos": 2})
    assert [todo["priority"] for todo in listed(owners)] == ["low", "low"]
    assert listed(teammates)[0]["priority"] is listed(outsiders)[0]["priority"] is None
    assert teammates.patch(bulk(*mine), {"priority": "high"}).json() == {"todos": 0}


def test_several_get_the_same(owners: Any) -> None:
    tag, home = add_tag(owners), add_project(owners)
    section = owners.post(f"/api/v2/projects/{home['id']}/sections", {"name": "Soon"}).json()["section"]
    todos = [add(owners, title, dueDate="2030-01-01") for title in "AB"]
    said = {
        "priority": "medium",
        "dueDate": "2030-05-06",
        "dueTime": "2030-05-06T07:00:00.000Z",
        "isAllDay": False,
        "reminder": True,
        "projectId": home["id"],
        "projectSectionId": section["id"],
    }

    response = owners.patch(bulk(*todos), {**said, "tags": [tag["id"]], "completed": True, "title": "C"})

    assert response.json() == {"todos": 2}
    for todo in todos:
        shown = read(owners, todo)
        assert {name: shown[name] for name in said} == said
        assert (shown["title"], shown["tags"], shown["completed"]) == (todo["title"], [tag], True)


def test_a_parent_and_its_sub_task_are_completed_once(owners: Any) -> None:
    parent = add(owners, "Parent")
    child = add(owners, "Child", parentId=parent["id"])

    response = owners.patch(bulk(child, parent), {"completed": True})

    assert response.json() == {"todos": 2}
    assert titles(owners, "?completed=true") == ["Parent"]


def test_ft_21_only_own_ones_are_deleted_and_counted(
    owners: Any, teammates: Any, outsiders: Any, project: Project
) -> None:
    mine = [add(owners, title, projectId=project.pk) for title in "ABC"]
    add(owners, "Sub", parentId=mine[0]["id"])
    theirs = add(outsiders, "Theirs")

    assert teammates.delete(bulk(*mine)).json() == {"deletedCount": 0}
    response = owners.delete(bulk(mine[0], theirs, mine[1]))

    assert (response.status_code, response.json()) == (200, {"deletedCount": 2})  # the sub-task was not named
    assert titles(owners) == ["C"]
    assert titles(outsiders) == ["Theirs"]
    assert owners.delete(bulk(mine[0])).json() == {"deletedCount": 0}


def test_a_parent_and_its_sub_task_are_deleted_together(owners: Any) -> None:
    parent = add(owners, "Parent")
    child = add(owners, "Child", parentId=parent["id"])

    assert owners.delete(bulk(child, parent)).json() == {"deletedCount": 2}


@pytest.mark.parametrize("query", ["", "?todoIds=", "?todoIds=,", "?todoids=x"])
def test_ft_21_without_ids_nothing_is_asked(owners: Any, query: str) -> None:
    for response in (owners.delete(f"{TODOS}/bulk{query}"), owners.patch(f"{TODOS}/bulk{query}", {})):
        assert refused(response, 400) == "Query parameter 'todoIds' is required"


def test_one_wrong_value_changes_none(owners: Any) -> None:
    todos = [add(owners, title) for title in "AB"]
    before = everything()

    for body in ({"priority": "urgent"}, {"tags": [str(ABSENT)]}, {"projectSectionId": str(ABSENT)}):
        refused(owners.patch(bulk(*todos), body), 400)
    refused(owners.patch(bulk(*todos), {"projectId": 999_999}), 404)
    assert everything() == before


def test_one_bound_task_stops_all(owners: Any) -> None:
    free, bound = add(owners, "Free"), add(owners, "Bound")
    child = add(owners, "Child", parentId=free["id"])
    stake(bound)
    before = everything()

    for response in (
        owners.delete(bulk(free, bound)),
        owners.patch(bulk(free, bound), {"dueDate": "2100-01-02", "priority": "high"}),
    ):
        assert (response.status_code, response.json()) == (403, BOUND)
    assert everything() == before

    stake(child)
    before = everything()
    assert owners.delete(bulk(free)).json() == BOUND
    assert everything() == before
