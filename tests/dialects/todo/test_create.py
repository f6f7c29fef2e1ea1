"""POST /api/v2/todo: FT-10 to FT-12, FT-16."""

from typing import Any

import pytest

from accounts.models import Project, User
from tasks.models import Task
from tests.dialects.todo.lists import (
    ABSENT,
    TODOS,
    add,
    add_project,
    add_tag,
    everything,
    listed,
    read,
    refused,
)

pytestmark = pytest.mark.django_db


def inbox_of(user: User) -> int:
    return Project.objects.get(organization__personal_of=user, is_default=True).pk


def test_ft_10_a_title_is_enough(owners: Any, owner: User) -> None:
    response = owners.post(TODOS, {"title": "T"})

    assert response.status_code == 201
    body = response.json()
    task = Task.objects.get()
    assert body == {
        "msg": "Todo added successfully",
        "todo": {
            "id": str(task.pk),
            "title": "T",
            "description": None,
            "priority": None,
            "dueDate": None,
            "dueTime": None,
            "isAllDay": True,
            "completed": False,
            "completedAt": None,
            "color": None,
            "sortKey": "a0",
            "reminder": False,
            "parentId": None,
            "projectId": inbox_of(owner),
            "projectSectionId": None,
            "recurrenceRule": None,
            "recurrenceEndDate": None,
        },
    }
    assert (task.owner_id, task.status, task.search_text) == (owner.pk, "pending", "t\n")


def test_everything_that_is_given_is_kept(owners: Any) -> None:
    tag, project = add_tag(owners), add_project(owners)
    section = owners.post(f"/api/v2/projects/{project['id']}/sections", {"name": "Soon"}).json()["section"]
    said = {
        "title": " Feed the cat ",
        "description": "Twice\nDry food",
        "priority": "high",
        "dueDate": "2030-01-02",
        "dueTime": "2030-01-02T09:30:00.000Z",
        "isAllDay": False,
        "color": "#1e90FF",
        "reminder": True,
        "projectId": project["id"],
        "projectSectionId": section["id"],
        "recurrenceRule": {"pattern": "monthly", "interval": 2},
        "recurrenceEndDate": "2031-01-02",
    }

    made = add(owners, **said, tags=[tag["id"]])

    assert {name: made[name] for name in said} == said
    assert read(owners, made)["tags"] == [tag]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "title: This field is required."),
        ({"title": ""}, "title: This field may not be blank."),
        ({"title": None}, "title: This field may not be null."),
        ({"title": 5}, "title: Not a valid string."),
        ({"title": "x" * 501}, "title: Ensure this field has no more than 500 characters."),
        ({"title": "a", "priority": "urgent"}, 'priority: "urgent" is not a valid choice.'),
        ({"title": "a", "priority": ["high"]}, "priority: \"['high']\" is not a valid choice."),
        ({"title": "a", "color": "red"}, "color: Give a colour as #rrggbb."),
        ({"title": "a", "isAllDay": "yes"}, "isAllDay: Must be a valid boolean."),
        ({"title": "a", "reminder": 1}, "reminder: Must be a valid boolean."),
        ({"title": "a", "tags": ["x"]}, "tags.0: Must be a valid UUID."),
        ({"title": "a", "tags": 7}, 'tags: Expected a list of items but got type "int".'),
        ({"title": "a", "tags": [str(ABSENT)]}, "There is no such tag"),
        ({"title": "a", "projectSectionId": str(ABSENT)}, "projectSectionId requires projectId"),
        (
            {"title": "a", "recurrenceRule": {"pattern": "montly"}},
            'recurrenceRule.pattern: "montly" is not a valid choice.',
        ),
        (
            {"title": "a", "recurrenceRule": {"pattern": "daily", "interval": 366}},
            "recurrenceRule.interval: Ensure this value is less than or equal to 365.",
        ),
        (
            {"title": "a", "recurrenceEndDate": "2030-01-01"},
            "recurrenceRule: An end needs something that comes again.",
        ),
        ([], "Invalid data. Expected a dictionary, but got list."),
        (b'{"title": ', "Malformed request."),
    ],
)
def test_ft_11_what_is_wrong_is_said(owners: Any, body: Any, sentence: str) -> None:
    before = everything()

    assert refused(owners.post(TODOS, body), 400) == sentence
    assert everything() == before


def test_ft_11_500_characters_are_one_title(owners: Any) -> None:
    assert add(owners, "ü" * 500)["title"] == "ü" * 500


def test_ft_12_the_newest_comes_last(owners: Any) -> None:
    made = [add(owners, f"T{n}", dueDate="2030-01-02") for n in range(3)]

    keys = [todo["sortKey"] for todo in made]
    assert keys == ["a0", "a1", "a2"]
    assert [todo["id"] for todo in listed(owners)] == [todo["id"] for todo in made]


def test_each_account_has_a_list_of_its_own(owners: Any, teammates: Any, outsiders: Any) -> None:
    assert [add(app)["sortKey"] for app in (owners, teammates, outsiders, owners)] == ["a0", "a0", "a0", "a1"]


def test_ft_16_a_sub_task_stands_in_its_parent(owners: Any) -> None:
    parent = add(owners, "Parent")
    child = add(owners, "Child", parentId=parent["id"])

    assert child["parentId"] == parent["id"]
    (listed_parent,) = listed(owners)
    assert listed_parent["children"] == [{**child, "tags": [], "children": []}]
    assert read(owners, parent) == listed_parent


def test_ft_16_one_level_and_no_more(owners: Any) -> None:
    parent = add(owners, "Parent")
    child = add(owners, "Child", parentId=parent["id"])
    before = everything()

    nested = owners.post(TODOS, {"title": "Grandchild", "parentId": child["id"]})
    unknown = owners.post(TODOS, {"title": "Child", "parentId": str(ABSENT)})
    misspelled = owners.post(TODOS, {"title": "Child", "parentId": "x"})

    assert refused(nested, 400) == "Cannot create subtask of a subtask"
    assert refused(unknown, 400) == ("A task with the parent Id does not exist, Create the parent task first")
    assert refused(misspelled, 400) == "parentId: Must be a valid UUID."
    assert everything() == before


def test_a_sub_task_goes_to_its_parents_project(owners: Any) -> None:
    project = add_project(owners)
    parent = add(owners, "Parent", projectId=project["id"])

    assert add(owners, "Child", parentId=parent["id"])["projectId"] == project["id"]


def test_others_things_cannot_be_named(owners: Any, teammates: Any, outsiders: Any, project: Project) -> None:
    theirs = add(owners, "Theirs", projectId=project.pk)
    home, tag = add_project(owners), add_tag(owners)
    before = everything()

    for app in (teammates, outsiders):
        parent = app.post(TODOS, {"title": "Mine", "parentId": theirs["id"]})
        tagged = app.post(TODOS, {"title": "Mine", "tags": [tag["id"]]})
        placed = app.post(TODOS, {"title": "Mine", "projectId": home["id"]})

        assert refused(parent, 400).startswith("A task with the parent Id does not exist")
        assert refused(tagged, 400) == "There is no such tag"
        assert refused(placed, 404) == "Project with that id does not exist"
    assert everything() == before


def test_a_member_adds_to_a_shared_project(teammates: Any, outsiders: Any, project: Project) -> None:
    assert add(teammates, projectId=project.pk)["projectId"] == project.pk
    assert refused(outsiders.post(TODOS, {"title": "T", "projectId": project.pk}), 404)


@pytest.mark.parametrize("tags", ["{0},{1}", ",{0},,{1},{0}"])
def test_tags_may_be_one_text(owners: Any, tags: str) -> None:
    pair = [add_tag(owners, "Home"), add_tag(owners, "Work")]

    made = add(owners, tags=tags.format(*(tag["id"] for tag in pair)))

    assert read(owners, made)["tags"] == pair
