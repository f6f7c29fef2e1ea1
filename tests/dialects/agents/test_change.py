"""Changing and deleting tasks. Source: agents.md A.4, PH-22, PH-23; README.md, "A stake binds"."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from charges.operations.staking import create_staked_task
from tasks.models import Run, Task
from tasks.rules.runs import RunStatus
from tasktracker.core import clock
from tests.conftest import NOW
from tests.dialects.agents.conftest import ABSENT, NOT_FOUND, Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db
BOUND = {
    "type": "invalid_request",
    "code": "conflict",
    "detail": "A task with an open stake cannot be made easier.",
    "attr": None,
}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_ph_22_what_cannot_be_changed_is_ignored(api: Api, method: str) -> None:
    task = api.call("POST", "tasks/", {"description": "Short"}).json()
    said = {
        "origin_product": "slack",
        "signal_report": "nonsense",
        "signal_report_task_relationship": "!",
        "id": "x",
        "task_number": 99,
        "created_by": None,
        "latest_run": 1,
        "title": "T2",
    }

    changed = api.call(method, f"tasks/{task['id']}/", said)

    assert changed.status_code == 200
    wanted = {**task, "title": "T2", "title_manually_set": True, "updated_at": changed.json()["updated_at"]}
    assert changed.json() == wanted == api.get(task["id"])
    assert changed.json()["updated_at"] > task["updated_at"]


def test_everything_else_can_be_changed_and_taken_back(api: Api) -> None:
    task = api.make(description="x", repository="a/b", json_schema={"type": "object"}, ci_prompt="y")
    said = {
        "title": "",
        "title_manually_set": False,
        "description": "new",
        "repository": None,
        "github_integration": None,
        "github_user_integration": None,
        "json_schema": None,
        "internal": True,
        "archived": True,
        "ci_prompt": None,
    }

    changed = api.patch(task["id"], **said)

    assert {name: changed[name] for name in said} == said


def test_an_empty_change_changes_nothing_but_the_moment(api: Api) -> None:
    task = api.make()

    changed = api.call("PATCH", f"tasks/{task['id']}/")

    assert changed.json() == {**task, "updated_at": changed.json()["updated_at"]}


def test_a_team_mate_changes_and_deletes_too(api: Api, mates_api: Api) -> None:
    task = api.make()

    assert mates_api.patch(task["id"], title="Ours")["created_by"] == task["created_by"]
    assert mates_api.call("DELETE", f"tasks/{task['id']}/").status_code == 204


@pytest.mark.parametrize(
    ("said", "code", "attr"),
    [
        ({"title": "x" * 256}, "max_length", "title"),
        ({"repository": "nope"}, "invalid_input", "repository"),
        ({"github_integration": 1}, "invalid_input", "github_integration"),
        ({"archived": None}, "null", "archived"),
        ({"title": "new", "json_schema": 1}, "invalid_input", "json_schema"),
    ],
)
def test_a_wrong_value_changes_nothing(api: Api, said: dict[str, Any], code: str, attr: str) -> None:
    task = api.make()
    before = everything()

    refused = api.call("PATCH", f"tasks/{task['id']}/", said)

    assert refusal(refused, with_detail=False) == invalid(code, attr)
    assert everything() == before


@pytest.mark.parametrize("task_id", [str(ABSENT), "x", "%00", "é", "../x"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_a_task_that_is_not_there_is_not_found(api: Api, method: str, task_id: str) -> None:
    refused = api.call(method, f"tasks/{task_id}/")

    assert (refused.status_code, refused.json()) == (404, NOT_FOUND)


def test_ph_23_a_deleted_task_is_gone_and_its_runs_are_kept(api: Api, project: Project) -> None:
    task = api.make()
    values = {"task_id": task["id"], "project": project, "created_at": NOW, "updated_at": NOW}
    Run.objects.create(status=RunStatus.NOT_STARTED, **values)

    first = api.call("DELETE", f"tasks/{task['id']}/")
    second = api.call("DELETE", f"tasks/{task['id']}/")
    read = api.call("GET", f"tasks/{task['id']}/")

    assert (first.status_code, first.content) == (204, b"")
    assert (second.status_code, second.json()) == (404, NOT_FOUND)
    assert (read.status_code, read.json()) == (404, NOT_FOUND)
    assert api.ids("?archived=all") == []
    assert Run.objects.filter(task=task["id"]).count() == 1


@pytest.fixture
def staked(api: Api, owner: User, project: Project, principal_of: Callable[..., Principal]) -> str:
    """The id of a staked task of the owner's, in acme/web."""
    made = create_staked_task(
        principal=principal_of(owner),
        title="Staked",
        due_at=clock.now() + timedelta(days=1),
        stake_cents=500,
        at=clock.now(),
    )
    Task.objects.filter(pk=made.task.pk).update(project=project)
    return str(made.task.pk)


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("PATCH", {"title": "Easier"}),
        ("PUT", {"description": "Easier"}),
        ("PATCH", {"archived": True}),
        ("PATCH", {"repository": "a/b", "archived": True}),
        ("DELETE", None),
    ],
)
def test_a_stake_binds(
    api: Api, mates_api: Api, staked: str, method: str, said: dict[str, Any] | None
) -> None:
    before = everything()

    for caller in (api, mates_api):
        refused = caller.call(method, f"tasks/{staked}/", said)

        assert (refused.status_code, refused.json()) == (409, BOUND)
    assert everything() == before


def test_a_stake_does_not_forbid_to_brief_an_agent(api: Api, staked: str) -> None:
    changed = api.patch(staked, repository="a/b", title="Staked", archived=False)

    assert (changed["repository"], changed["task_number"]) == ("a/b", 0)
