"""/api/v2/projects: FT-09, FT-23 to FT-25, FT-27."""

from typing import Any

import pytest

from accounts.models import Credential, Organization, Project, User
from tasks.models import Section, Task
from tests.conftest import NOW
from tests.dialects.todo.lists import (
    BOUND,
    PROJECTS,
    TODOS,
    add,
    add_project,
    everything,
    listed,
    refused,
    stake,
    titles,
)

pytestmark = pytest.mark.django_db
NO_PROJECT = "Project with that id does not exist"


def names(app: Any) -> list[str]:
    return [project["name"] for project in app.get(PROJECTS).json()["projects"]]


def test_ft_09_a_fresh_account_has_its_inbox(owners: Any, owner: User) -> None:
    inbox = Project.objects.get(organization__personal_of=owner)
    shown = {
        "id": inbox.pk,
        "name": "Inbox",
        "personal": True,
        "slug": "inbox",
        "isDefault": True,
        "taskDisplayPreferences": None,
    }

    assert owners.get(PROJECTS).json() == {"projects": [shown]}
    assert owners.get(f"{PROJECTS}/inbox").json() == {"inbox": {**shown, "todos": []}}
    assert owners.get(f"{PROJECTS}/{inbox.pk}").json() == {"project": {**shown, "todos": [], "sections": []}}


def test_projects_are_personal_ones_and_those_of_own_tasks(
    owners: Any, teammates: Any, outsiders: Any, project: Project
) -> None:
    add_project(owners)

    assert (names(owners), names(teammates)) == (["Inbox", "Home"], ["Inbox"])
    todo = add(teammates, projectId=project.pk)
    assert (names(owners), names(teammates), names(outsiders)) == (
        ["Inbox", "Home"],
        ["Inbox", "Web"],
        ["Inbox"],
    )
    shown = teammates.get(f"{PROJECTS}/{project.pk}").json()["project"]
    assert (shown["personal"], shown["isDefault"]) == (False, False)
    assert [mine["id"] for mine in shown["todos"]] == [todo["id"]]
    assert owners.get(f"{PROJECTS}/{project.pk}").json()["project"]["todos"] == []  # a member, but not hers


def test_ft_23_a_personal_project(owners: Any) -> None:
    response = owners.post(PROJECTS, {"name": " Q4 Marketing ", "personal": True})

    assert response.status_code == 200
    made = Project.objects.get(name="Q4 Marketing")
    assert response.json() == {
        "message": "Successfully created project",
        "project": {
            "id": made.pk,
            "name": "Q4 Marketing",
            "personal": True,
            "slug": f"q4-marketing-{made.pk}",
            "isDefault": False,
            "taskDisplayPreferences": None,
        },
    }
    assert names(owners) == ["Inbox", "Q4 Marketing"]


def test_ft_23_a_project_of_a_workspace_takes_who_manages_it(
    owners: Any, teammates: Any, outsiders: Any, organization: Organization
) -> None:
    wanted = {"name": "Board", "workspaceId": organization.pk}

    made = owners.post(PROJECTS, wanted)

    assert (made.status_code, made.json()["project"]["personal"]) == (200, False)
    before = everything()
    assert refused(teammates.post(PROJECTS, wanted), 403) == (
        "Your role in this organization does not allow this."
    )
    assert refused(outsiders.post(PROJECTS, wanted), 404) == "Not found."
    assert refused(owners.post(PROJECTS, {"name": "Board", "workspaceId": 999_999}), 404) == "Not found."
    assert everything() == before


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"name": "A"}, "Send exactly one of personal: true and workspaceId"),
        ({"name": "A", "personal": False}, "Send exactly one of personal: true and workspaceId"),
        (
            {"name": "A", "personal": True, "workspaceId": 1},
            "Send exactly one of personal: true and workspaceId",
        ),
        ({"personal": True}, "name: This field is required."),
        ({"name": "", "personal": True}, "name: This field may not be blank."),
        ({"name": "   ", "personal": True}, "name: This field may not be blank."),
        ({"name": "x" * 201, "personal": True}, "name: Ensure this field has no more than 200 characters."),
        ({"name": "A", "personal": "yes"}, "personal: Must be a valid boolean."),
        ({"name": "A", "workspaceId": "1"}, "workspaceId: A valid integer is required."),
        ({"name": "A", "workspaceId": 2**63}, None),
    ],
)
def test_ft_23_what_is_wrong_is_said(owners: Any, body: Any, sentence: str | None) -> None:
    before = everything()

    told = refused(owners.post(PROJECTS, body), 400)

    assert sentence in (None, told)
    assert everything() == before


def test_ft_24_name_and_view_can_be_changed(owners: Any) -> None:
    project = add_project(owners)
    path = f"{PROJECTS}/{project['id']}"

    viewed = owners.put(path, {"taskDisplayPreferences": {"viewMode": "calendar"}})
    assert viewed.json() == {
        "message": "Project updated successfully",
        "project": {**project, "taskDisplayPreferences": {"viewMode": "calendar"}},
    }
    renamed = owners.put(path, {"name": "House", "taskDisplayPreferences": {"viewMode": "board"}})
    shown = {**project, "name": "House", "taskDisplayPreferences": {"viewMode": "board"}}
    assert renamed.json()["project"] == shown  # the slug stays
    cleared = owners.put(path, {"taskDisplayPreferences": None})
    assert cleared.json()["project"] == {**shown, "taskDisplayPreferences": None}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            {"taskDisplayPreferences": {"viewMode": "grid"}},
            'taskDisplayPreferences.viewMode: "grid" is not a valid choice.',
        ),
        ({"taskDisplayPreferences": {}}, "taskDisplayPreferences.viewMode: This field is required."),
        ({"name": ""}, "name: This field may not be blank."),
        ({}, "Send at least one field to update"),
        ({"slug": "mine"}, "Send at least one field to update"),
    ],
)
def test_ft_24_what_is_wrong_is_said(owners: Any, body: Any, sentence: str) -> None:
    project = add_project(owners)
    before = everything()

    assert refused(owners.put(f"{PROJECTS}/{project['id']}", body), 400) == sentence
    assert everything() == before


def test_ft_25_a_project_goes_with_what_is_in_it(owners: Any) -> None:
    project = add_project(owners)
    path = f"{PROJECTS}/{project['id']}"
    section = owners.post(f"{path}/sections", {"name": "Soon"}).json()["section"]
    todo = add(owners, "Inside", projectId=project["id"], projectSectionId=section["id"])
    add(owners, "Child", parentId=todo["id"])
    add(owners, "Outside")

    response = owners.delete(path)

    assert (response.status_code, response.json()) == (200, {"msg": "Project deleted successfully"})
    assert (names(owners), titles(owners)) == (["Inbox"], ["Outside"])
    assert Section.objects.count() == 0
    for gone in (owners.get(path), owners.put(path, {"name": "A"}), owners.delete(path)):
        assert refused(gone, 404) == NO_PROJECT
    assert refused(owners.get(f"{path}/sections"), 404) == NO_PROJECT
    assert refused(owners.post(TODOS, {"title": "T", "projectId": project["id"]}), 404) == NO_PROJECT
    assert add_project(owners)["slug"].startswith("home-")


def test_ft_25_the_inbox_stays(owners: Any) -> None:
    inbox = owners.get(f"{PROJECTS}/inbox").json()["inbox"]
    before = everything()

    assert refused(owners.delete(f"{PROJECTS}/{inbox['id']}"), 400) == "The Inbox cannot be deleted"
    assert everything() == before


def test_a_project_with_a_bound_task_stays_whole(owners: Any) -> None:
    project = add_project(owners)
    parent = add(owners, "Parent", projectId=project["id"])
    child = add(owners, "Child", parentId=parent["id"])
    owners.patch(f"{TODOS}/{child['id']}", {"projectId": None})  # elsewhere, but it would go with its parent
    stake(child)
    before = everything()

    response = owners.delete(f"{PROJECTS}/{project['id']}")

    assert (response.status_code, response.json()) == (403, BOUND)
    assert everything() == before


def test_keys_of_a_deleted_project_end(owners: Any, owner: User) -> None:
    project = add_project(owners)
    key = Credential.objects.create(
        kind="project_key",
        user=owner,
        project_id=project["id"],
        name="ci",
        scope="",
        digest="d",
        created_at=NOW,
    )

    owners.delete(f"{PROJECTS}/{project['id']}")

    key.refresh_from_db()
    assert key.revoked_at is not None


def test_a_shared_project_is_its_managers_and_never_deleted_here(
    owners: Any, teammates: Any, outsiders: Any, project: Project
) -> None:
    path = f"{PROJECTS}/{project.pk}"
    add(teammates, projectId=project.pk)
    before = everything()

    for app, status, sentence in (
        (owners, 403, "Only personal projects can be deleted"),
        (teammates, 403, "Only personal projects can be deleted"),
        (outsiders, 404, NO_PROJECT),
    ):
        assert refused(app.delete(path), status) == sentence
    assert refused(teammates.put(path, {"name": "Ours"}), 403)
    assert refused(outsiders.put(path, {"name": "Ours"}), 404) == NO_PROJECT
    assert refused(outsiders.get(path), 404) == NO_PROJECT
    assert everything() == before

    assert owners.put(path, {"name": "Site"}).json()["project"]["slug"] == "web"
    view = teammates.put(path, {"taskDisplayPreferences": {"viewMode": "board"}})
    assert view.json()["project"]["taskDisplayPreferences"] == {"viewMode": "board"}


def test_who_left_still_sees_where_the_own_tasks_are(
    teammates: Any, teammate: User, organization: Organization, project: Project
) -> None:
    todo = add(teammates, projectId=project.pk)
    organization.memberships.filter(user=teammate).delete()

    assert names(teammates) == ["Inbox", "Web"]
    assert teammates.get(f"{PROJECTS}/{project.pk}").json()["project"]["todos"][0]["id"] == todo["id"]
    assert refused(teammates.put(f"{PROJECTS}/{project.pk}", {"name": "A"}), 404) == NO_PROJECT
    assert refused(teammates.post(f"{PROJECTS}/{project.pk}/sections", {"name": "A"}), 404) == NO_PROJECT


def test_ft_27_personal_projects_are_searched(owners: Any, outsiders: Any, project: Project) -> None:
    marketing = add_project(owners, "Q4 Märketing")
    todo = add(owners, projectId=marketing["id"])
    add(owners, projectId=project.pk)
    add_project(outsiders, "Marketing of others")

    def found(search: str) -> list[str]:
        answer = owners.get(f"{PROJECTS}/personal?search={search}").json()["personalProjects"]
        return [personal["name"] for personal in answer]

    assert refused(owners.get(f"{PROJECTS}/personal"), 400) == "Query parameter 'search' is required"
    assert found("") == ["Inbox", "Q4 Märketing"]
    assert (found("MÄRK"), found("mark"), found("%25")) == (["Q4 Märketing"], [], [])
    (shown,) = owners.get(f"{PROJECTS}/personal?search=4").json()["personalProjects"]
    assert shown == {**marketing, "todos": [{**todo, "tags": [], "children": []}]}


@pytest.mark.parametrize(
    "number", ["0", "-1", "007", "x", "1.0", "99999999999999999999", "9223372036854775807"]
)
def test_a_number_that_is_none_is_not_found(owners: Any, number: str) -> None:
    for response in (
        owners.get(f"{PROJECTS}/{number}"),
        owners.put(f"{PROJECTS}/{number}", {"name": "A"}),
        owners.delete(f"{PROJECTS}/{number}"),
        owners.get(f"{PROJECTS}/{number}/sections"),
        owners.post(f"{PROJECTS}/{number}/sections", {"name": "A"}),
    ):
        refused(response, 404)


def test_the_inbox_lists_its_to_dos(owners: Any) -> None:
    todo = add(owners)
    add(owners, projectId=add_project(owners)["id"])

    assert owners.get(f"{PROJECTS}/inbox").json()["inbox"]["todos"] == [listed(owners)[0]]
    assert Task.objects.get(pk=todo["id"]).project_id == listed(owners)[0]["projectId"]
