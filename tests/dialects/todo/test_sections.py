"""/api/v2/projects/:id/sections: FT-26."""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import Project
from tests.dialects.todo.lists import ABSENT, PROJECTS, add, add_project, everything, read, refused

pytestmark = pytest.mark.django_db
NO_PROJECT = "Project with that id does not exist"


@pytest.fixture
def path(owners: Any) -> str:
    """The sections of a project of the owner's own."""
    return f"{PROJECTS}/{add_project(owners)['id']}/sections"


def add_section(app: Any, path: str, name: str) -> dict[str, Any]:
    response = app.post(path, {"name": name})
    assert response.status_code == 200, response.content
    section: dict[str, Any] = response.json()["section"]
    return section


def names(app: Any, path: str) -> list[str]:
    return [section["name"] for section in app.get(path).json()["sections"]]


def test_ft_26_sections_are_made_moved_and_deleted(owners: Any, path: str) -> None:
    response = owners.post(path, {"name": " Soon "})
    soon = response.json()["section"]
    project_id = int(path.split("/")[4])
    assert response.status_code == 200
    assert response.json() == {
        "msg": "Project section created",
        "section": {"id": str(UUID(soon["id"])), "name": "Soon", "sortKey": "a0", "projectId": project_id},
    }
    later = add_section(owners, path, "Later")
    todo = add(owners, projectId=project_id, projectSectionId=soon["id"])

    moved = owners.patch(f"{path}/{later['id']}", {"prevIndex": None, "nextIndex": soon["sortKey"]})
    assert moved.json() == {
        "msg": "Project section updated successfully",
        "updatedSection": {**later, "sortKey": "Zz"},
    }
    assert owners.get(path).json() == {
        "sections": [{**later, "sortKey": "Zz", "todos": []}, {**soon, "todos": [read(owners, todo)]}]
    }

    deleted = owners.delete(f"{path}/{soon['id']}")
    assert (deleted.status_code, deleted.json()) == (200, {"msg": "Section deleted successfully"})
    shown = read(owners, todo)
    assert (shown["projectId"], shown["projectSectionId"]) == (project_id, None)
    assert names(owners, path) == ["Later"]


def test_sections_keep_a_total_order(owners: Any, path: str) -> None:
    a, b, c = (add_section(owners, path, name) for name in "ABC")

    for section in (c, b):
        owners.patch(
            f"{path}/{section['id']}", {"prevIndex": a["sortKey"], "nextIndex": b["sortKey"]}
        )  # the second one finds the first one there
    keys = [section["sortKey"] for section in owners.get(path).json()["sections"]]

    assert names(owners, path) == ["A", "B", "C"]
    assert keys == sorted(set(keys))
    owners.patch(f"{path}/{a['id']}", {"prevIndex": keys[2], "nextIndex": None, "name": "Z"})
    assert names(owners, path) == ["B", "C", "Z"]


def test_a_section_takes_its_to_dos_to_another_project(owners: Any, path: str) -> None:
    section = add_section(owners, path, "Soon")
    todo = add(owners, projectId=section["projectId"], projectSectionId=section["id"])
    child = add(owners, "Child", parentId=todo["id"])
    work = add_project(owners, "Work")

    moved = owners.patch(f"{path}/{section['id']}", {"projectId": work["id"]})

    assert moved.json()["updatedSection"] == {**section, "projectId": work["id"]}
    assert names(owners, path) == []
    shown = read(owners, todo)
    assert (shown["projectId"], shown["projectSectionId"]) == (work["id"], section["id"])
    assert read(owners, child)["projectId"] == work["id"]


def test_other_peoples_tasks_are_not_taken_along(owners: Any, teammates: Any, project: Project) -> None:
    shared = f"{PROJECTS}/{project.pk}/sections"
    section = add_section(owners, shared, "Soon")
    add(teammates, projectId=project.pk, projectSectionId=section["id"])
    home = add_project(owners)
    before = everything()

    response = owners.patch(f"{shared}/{section['id']}", {"projectId": home["id"]})

    assert refused(response, 403) == "This section holds tasks of other people"
    assert everything() == before


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"name": ""}, "name: This field may not be blank."),
        ({"name": "x" * 201}, "name: Ensure this field has no more than 200 characters."),
        ({"prevIndex": "?"}, "prevIndex: This is not an order key."),
        ({"prevIndex": "a1", "nextIndex": "a0"}, "nextIndex: This is not behind the other one."),
        ({"projectId": "1"}, "projectId: A valid integer is required."),
    ],
)
def test_what_is_wrong_is_said(owners: Any, path: str, body: Any, sentence: str) -> None:
    section = add_section(owners, path, "Soon")
    before = everything()

    assert refused(owners.patch(f"{path}/{section['id']}", body), 400) == sentence
    assert refused(owners.post(path, {}), 400) == "name: This field is required."
    assert everything() == before


def test_members_share_sections_and_outsiders_see_none(
    owners: Any, teammates: Any, outsiders: Any, project: Project
) -> None:
    shared = f"{PROJECTS}/{project.pk}/sections"
    section = add_section(owners, shared, "Soon")
    one = f"{shared}/{section['id']}"

    assert names(teammates, shared) == ["Soon"]
    assert teammates.patch(one, {"name": "Now"}).status_code == 200
    before = everything()
    for response in (
        outsiders.get(shared),
        outsiders.post(shared, {"name": "A"}),
        outsiders.patch(one, {"name": "A"}),
        outsiders.delete(one),
    ):
        assert refused(response, 404) == NO_PROJECT
    assert everything() == before


def test_a_section_is_found_in_its_project_only(owners: Any, path: str) -> None:
    section = add_section(owners, path, "Soon")
    other = f"{PROJECTS}/{add_project(owners, 'Work')['id']}/sections"
    before = everything()

    for missing in (f"{other}/{section['id']}", f"{path}/{ABSENT}"):
        assert refused(owners.patch(missing, {"name": "A"}), 404) == "Section not found"
        assert refused(owners.delete(missing), 404) == "Section not found"
    assert refused(owners.patch(f"{path}/{section['id']}", {"projectId": 999_999}), 404) == NO_PROJECT
    assert everything() == before
