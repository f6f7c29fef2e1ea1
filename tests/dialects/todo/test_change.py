"""PATCH /api/v2/todo/:id: FT-14, FT-15, FT-17, FT-18, and moving in the list."""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import Project
from tasks.models import Occurrence, Task
from tests.dialects.todo.lists import (
    ABSENT,
    TODO_NOT_FOUND,
    TODOS,
    add,
    add_project,
    add_tag,
    change,
    everything,
    listed,
    read,
    refused,
    titles,
)

pytestmark = pytest.mark.django_db


def test_ft_14_ft_15_completing_and_taking_it_back(owners: Any) -> None:
    todo = add(owners)

    done = change(owners, todo, completed=True)
    again = change(owners, todo, completed=True)
    undone = change(owners, todo, completed=False)

    assert (done["completed"], done["completedAt"] is None) == (True, False)
    assert again == done  # a value here, not an act: nothing is recorded twice
    assert undone == {**todo, "tags": [], "children": []}
    assert list(Occurrence.objects.values_list("status", flat=True)) == ["invalidated"]


def test_any_part_can_be_changed_alone(owners: Any) -> None:
    tag = add_tag(owners)
    todo = add(owners, "Old", description="Text", priority="low", tags=[tag["id"]])
    shown = {**todo, "tags": [tag], "children": []}

    for name, value in {
        "title": "New",
        "description": None,
        "priority": "high",
        "color": "#abcdef",
        "reminder": True,
        "recurrenceRule": {"pattern": "weekly", "interval": 3},
        "recurrenceEndDate": "2031-01-01",
    }.items():
        shown = {**shown, name: value}
        assert change(owners, todo, **{name: value}) == shown

    assert change(owners, todo) == shown
    assert change(owners, todo, recurrenceRule=None, priority=None, color=None, tags=[]) == {
        **shown,
        "recurrenceRule": None,
        "recurrenceEndDate": None,
        "priority": None,
        "color": None,
        "tags": [],
    }


def test_tags_replace_the_set(owners: Any) -> None:
    one, two, three = (add_tag(owners, name) for name in ("1", "2", "3"))
    todo = add(owners, tags=[one["id"], two["id"]])

    assert change(owners, todo, tags=[three["id"], two["id"]])["tags"] == [two, three]
    assert change(owners, todo, tags=one["id"])["tags"] == [one]
    assert change(owners, todo, tags=None)["tags"] == []


def test_ft_17_sub_tasks_are_completed_with_their_parent(owners: Any) -> None:
    parent = add(owners, "Parent")
    children = [add(owners, f"Child {n}", parentId=parent["id"]) for n in range(3)]
    first = change(owners, children[0], completed=True)

    done = change(owners, parent, completed=True)

    assert [child["completed"] for child in done["children"]] == [True] * 3
    assert [child["completedAt"] for child in done["children"][1:]] == [done["completedAt"]] * 2
    assert done["children"][0]["completedAt"] == first["completedAt"]  # an older completion stands
    reopened = change(owners, parent, completed=False)
    assert [child["completed"] for child in reopened["children"]] == [True] * 3


def test_ft_18_what_is_not_mine_is_not_there(
    owners: Any, teammates: Any, outsiders: Any, project: Project
) -> None:
    todo = add(owners, "Mine", projectId=project.pk)
    before = everything()

    for app, task_id in ((owners, str(ABSENT)), (teammates, todo["id"]), (outsiders, todo["id"])):
        for body in ({"title": "Theirs"}, {"completed": True}, {"prevIndex": "a0"}, {}):
            response = app.patch(f"{TODOS}/{task_id}", body)
            assert (response.status_code, response.json()) == (404, TODO_NOT_FOUND)
    assert everything() == before


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"title": ""}, "title: This field may not be blank."),
        ({"completed": "true"}, "completed: Must be a valid boolean."),
        ({"completed": None}, "completed: This field may not be null."),
        ({"sortKey": ""}, "sortKey: This field may not be blank."),
        ({"sortKey": "a!"}, "sortKey: This is not an order key."),
        ({"sortKey": "a00"}, "sortKey: This is not an order key."),
        ({"prevIndex": "nonsense"}, "prevIndex: This is not an order key."),
        ({"nextIndex": "ä"}, "nextIndex: This is not an order key."),
        ({"prevIndex": "a1", "nextIndex": "a0"}, "nextIndex: This is not behind the other one."),
        ({"prevIndex": "a1", "nextIndex": "a1"}, "nextIndex: This is not behind the other one."),
        ({"projectSectionId": str(ABSENT)}, "projectSectionId requires projectId"),
        ({"recurrenceRule": {}}, "recurrenceRule.pattern: This field is required."),
        ({"recurrenceEndDate": "2030-01-01"}, "recurrenceRule: An end needs something that comes again."),
        (b"[1]", "Invalid data. Expected a dictionary, but got list."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(owners: Any, body: Any, sentence: str) -> None:
    todo = add(owners)
    before = everything()

    assert refused(owners.patch(f"{TODOS}/{todo['id']}", body), 400) == sentence
    assert everything() == before


# --- places -------------------------------------------------------------------------------------------------
def test_a_to_do_moves_between_two_others(owners: Any) -> None:
    a, b, c = (add(owners, title) for title in "ABC")

    moved = change(owners, c, prevIndex=a["sortKey"], nextIndex=b["sortKey"])

    assert moved["sortKey"] == "a0V"
    assert titles(owners) == ["A", "C", "B"]
    assert change(owners, b, nextIndex=a["sortKey"])["sortKey"] == "Zz"
    assert titles(owners) == ["B", "A", "C"]
    assert change(owners, b, prevIndex=moved["sortKey"], nextIndex=None)["sortKey"] > moved["sortKey"]
    assert titles(owners) == ["A", "C", "B"]
    assert change(owners, a, prevIndex=None, nextIndex=None)["sortKey"] > "a0V"
    assert titles(owners) == ["C", "B", "A"]


def test_a_given_key_is_kept_unless_another_has_it(owners: Any) -> None:
    a, b, c = (add(owners, title) for title in "ABC")

    assert change(owners, c, sortKey="a0G")["sortKey"] == "a0G"
    assert change(owners, b, sortKey=a["sortKey"])["sortKey"] == "a08"  # right behind the one that has it
    assert titles(owners) == ["A", "B", "C"]
    assert change(owners, a, sortKey="a0")["sortKey"] == "a0"  # its own


def test_a_to_do_moves_between_tasks_that_nobody_placed(owners: Any) -> None:
    made = [add(owners, title) for title in "ABCD"]
    Task.objects.get(pk=made[0]["id"]).agenda.delete()
    Task.objects.get(pk=made[1]["id"]).agenda.delete()
    first, second = listed(owners)[:2]
    assert (first["title"], second["title"]) == ("A", "B")

    moved = change(owners, made[3], prevIndex=first["sortKey"], nextIndex=second["sortKey"])

    assert first["sortKey"] < moved["sortKey"] < second["sortKey"]
    assert titles(owners) == ["A", "D", "B", "C"]
    change(owners, made[2], nextIndex=first["sortKey"])
    assert titles(owners) == ["C", "A", "D", "B"]
    change(owners, first, prevIndex=second["sortKey"])
    assert titles(owners) == ["C", "D", "B", "A"]


# --- projects and parents -----------------------------------------------------------------------------------
def test_a_to_do_moves_to_another_project_with_its_sub_tasks(owners: Any) -> None:
    home = add_project(owners)
    section = owners.post(f"/api/v2/projects/{home['id']}/sections", {"name": "Soon"}).json()["section"]
    todo = add(owners, "Parent")
    inbox_id = todo["projectId"]
    add(owners, "Child", parentId=todo["id"])

    moved = change(owners, todo, projectId=home["id"], projectSectionId=section["id"])
    assert (moved["projectId"], moved["projectSectionId"]) == (home["id"], section["id"])
    assert moved["children"][0]["projectId"] == home["id"]

    back = change(owners, todo, projectId=None)
    assert (back["projectId"], back["projectSectionId"]) == (inbox_id, None)
    assert back["children"][0]["projectId"] == inbox_id
    assert change(owners, todo, projectId=home["id"])["projectSectionId"] is None


def test_a_section_has_to_be_of_the_project(owners: Any, outsiders: Any) -> None:
    home, work = add_project(owners, "Home"), add_project(owners, "Work")
    section = owners.post(f"/api/v2/projects/{home['id']}/sections", {"name": "Soon"}).json()["section"]
    todo = add(owners)
    before = everything()

    elsewhere = {"projectId": work["id"], "projectSectionId": section["id"]}
    assert refused(owners.patch(f"{TODOS}/{todo['id']}", elsewhere), 404) == "Section not found"
    foreign = {"projectId": add_project(outsiders)["id"]}
    before = everything()
    assert refused(owners.patch(f"{TODOS}/{todo['id']}", foreign), 404) == (
        "Project with that id does not exist"
    )
    assert everything() == before


def test_a_to_do_gets_and_loses_a_parent(owners: Any) -> None:
    parent, child = add(owners, "Parent"), add(owners, "Child")

    assert change(owners, child, parentId=parent["id"])["parentId"] == parent["id"]
    assert [todo["title"] for todo in read(owners, parent)["children"]] == ["Child"]
    assert change(owners, child, parentId=None)["parentId"] is None
    assert titles(owners) == ["Parent", "Child"]


def test_families_stay_two_generations_deep(owners: Any) -> None:
    parent, other = add(owners, "Parent"), add(owners, "Other")
    child = add(owners, "Child", parentId=parent["id"])
    recurring = add(owners, "Daily", recurrenceRule={"pattern": "daily"})
    before = everything()

    for todo, parent_id, sentence in (
        (parent, parent["id"], "Cannot create subtask of a subtask"),
        (parent, other["id"], "Cannot create subtask of a subtask"),
        (other, child["id"], "Cannot create subtask of a subtask"),
        (recurring, other["id"], "recurrenceRule: A sub-task does not come again by itself."),
    ):
        assert refused(owners.patch(f"{TODOS}/{todo['id']}", {"parentId": parent_id}), 400) == sentence
    again = {"recurrenceRule": {"pattern": "daily"}}
    assert refused(owners.patch(f"{TODOS}/{child['id']}", again), 400)
    assert everything() == before


# --- coming again -------------------------------------------------------------------------------------------
def test_the_next_one_takes_the_place_of_a_recurring_one(owners: Any) -> None:
    tag = add_tag(owners)
    said = {"priority": "high", "color": "#123456", "reminder": True, "description": "Both of them"}
    rule = {"recurrenceRule": {"pattern": "daily", "interval": 2}, "recurrenceEndDate": "2100-01-01"}
    todo = add(owners, "Cat", dueDate="2099-12-01", tags=[tag["id"]], **said, **rule)
    add(owners, "Other")

    done = change(owners, todo, completed=True)

    assert (done["completed"], done["recurrenceRule"], done["recurrenceEndDate"]) == (True, None, None)
    following = listed(owners, "?completed=false")[0]
    assert following == {
        **todo,
        "id": following["id"],
        "dueDate": "2099-12-03",
        "tags": [tag],
        "children": [],
    }
    assert UUID(following["id"]) > UUID(todo["id"])
    assert len(listed(owners)) == 3


def test_there_is_no_next_one_after_the_end(owners: Any) -> None:
    rule = {"recurrenceRule": {"pattern": "yearly"}, "recurrenceEndDate": "2100-01-01"}
    todo = add(owners, dueDate="2099-12-01", **rule)

    change(owners, todo, completed=True)

    assert titles(owners, "?completed=false") == []
