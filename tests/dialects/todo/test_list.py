"""GET /api/v2/todo and /api/v2/todo/:id: FT-13, FT-14."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.operations.editing import create_task
from tasks.rules.order import key_of_id
from tests.conftest import NOW
from tests.dialects.todo.lists import (
    ABSENT,
    TODO_NOT_FOUND,
    TODOS,
    add,
    add_tag,
    change,
    listed,
    read,
    refused,
    titles,
)

pytestmark = pytest.mark.django_db


def test_ft_13_tags_choose(owners: Any) -> None:
    design, urgent = add_tag(owners, "Design"), add_tag(owners, "Urgent", "red")
    tagged = add(owners, "Tagged", tags=[design["id"]])
    add(owners, "Bare")
    both = add(owners, "Both", tags=[urgent["id"], design["id"]])

    assert titles(owners) == ["Tagged", "Bare", "Both"]
    assert listed(owners, f"?tagIds={urgent['id']}") == [{**both, "tags": [design, urgent], "children": []}]
    assert titles(owners, f"?tagIds={urgent['id']},{design['id']}") == ["Tagged", "Both"]
    assert titles(owners, f"?tagIds={urgent['id']}&tagIds={design['id']}") == ["Tagged", "Both"]
    assert read(owners, tagged)["tags"] == [design]


@pytest.mark.parametrize("tag_ids", [str(ABSENT), "nonsense", f"{ABSENT},x"])
def test_unknown_tags_choose_nothing(owners: Any, tag_ids: str) -> None:
    add(owners)

    assert listed(owners, f"?tagIds={tag_ids}") == []
    assert len(listed(owners, "?tagIds=")) == 1


def test_others_tags_choose_nothing(owners: Any, outsiders: Any) -> None:
    tag = add_tag(outsiders)
    add(outsiders, tags=[tag["id"]])
    add(owners)

    assert listed(owners, f"?tagIds={tag['id']}") == []


def test_ft_14_completed_chooses(owners: Any) -> None:
    first, second = add(owners, "First"), add(owners, "Second")
    add(owners, "Open")
    done = change(owners, first, completed=True)

    assert done["completed"] is True
    assert done["completedAt"].endswith("Z")
    change(owners, second, completed=True)
    assert titles(owners, "?completed=true") == ["Second", "First"]  # the newest completion first
    assert titles(owners, "?completed=false") == ["Open"]
    assert titles(owners) == ["First", "Second", "Open"]
    for wrong in ("x", "", "True", "1"):
        assert refused(owners.get(f"{TODOS}?completed={wrong}"), 400) == "completed: Send true or false."


def test_a_chosen_sub_task_stands_alone_where_its_parent_is_not_chosen(owners: Any) -> None:
    tag = add_tag(owners)
    parent = add(owners, "Parent")
    child = add(owners, "Child", parentId=parent["id"], tags=[tag["id"]])
    change(owners, child, completed=True)

    assert titles(owners) == ["Parent"]
    assert titles(owners, f"?tagIds={tag['id']}") == ["Child"]
    assert titles(owners, "?completed=true") == ["Child"]
    assert [todo["children"][0]["title"] for todo in listed(owners, "?completed=false")] == ["Child"]


def test_everybody_sees_their_own(owners: Any, teammates: Any, outsiders: Any, project: Project) -> None:
    todo = add(owners, "Mine", projectId=project.pk)

    assert titles(owners) == ["Mine"]
    for app in (teammates, outsiders):
        assert listed(app) == []
        response = app.get(f"{TODOS}/{todo['id']}")
        assert (response.status_code, response.json()) == (404, TODO_NOT_FOUND)


@pytest.mark.parametrize("todo_id", [str(ABSENT), "7", "nonsense", f"{ABSENT}".upper() + "x"])
def test_an_id_that_is_none_is_not_found(owners: Any, todo_id: str) -> None:
    assert refused(owners.get(f"{TODOS}/{todo_id}"), 404)


def test_tasks_of_other_dialects_come_first_and_in_their_order(
    owners: Any, owner: User, principal_of: Callable[..., Principal]
) -> None:
    add(owners, "Planned")
    made = [create_task(principal=principal_of(owner), title=title, at=NOW) for title in ("One", "Two")]

    assert titles(owners) == ["One", "Two", "Planned"]
    shown = listed(owners)[0]
    assert shown["sortKey"] == key_of_id(made[0].pk)
    assert (shown["priority"], shown["color"], shown["reminder"], shown["tags"]) == (None, None, False, [])


def test_what_is_archived_or_deleted_is_not_listed(owners: Any) -> None:
    archived, deleted = add(owners, "Archived"), add(owners, "Deleted")
    Task.objects.filter(pk=archived["id"]).update(archived_at=NOW)
    Task.objects.filter(pk=deleted["id"]).update(deleted_at=NOW)

    assert listed(owners) == []
    assert read(owners, archived)["title"] == "Archived"
    assert refused(owners.get(f"{TODOS}/{deleted['id']}"), 404) == "Todo not found"


def test_a_sub_task_of_somebody_elses_task_stands_alone(
    owners: Any,
    owner: User,
    teammates: Any,
    teammate: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    parent = create_task(principal=principal_of(owner), title="Theirs", project_id=project.pk, at=NOW)
    create_task(principal=principal_of(teammate), title="Mine", parent_id=parent.pk, at=NOW)

    (shown,) = listed(teammates)
    assert (shown["title"], shown["parentId"]) == ("Mine", None)
    assert [todo["children"] for todo in listed(owners)] == [[]]


def test_notes_of_an_owner_before_say_nothing(owners: Any, teammates: Any, teammate: User) -> None:
    tag = add_tag(owners)
    todo = add(owners, priority="high", color="#fff", tags=[tag["id"]])
    Task.objects.filter(pk=todo["id"]).update(owner=teammate)

    (shown,) = listed(teammates)
    assert (shown["priority"], shown["color"], shown["tags"]) == (None, None, [])
    assert change(teammates, todo, priority="low")["priority"] == "low"
    assert listed(owners) == []
