"""Actions of a task: cases 23 to 27 of progress.md."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Action
from tasks.operations.webhooks import register_project_webhook
from tests.conftest import NOW
from tests.dialects.progress.conftest import NOT_FOUND, Api, everything, invalid, refusal, waiting

pytestmark = pytest.mark.django_db

ACTION = {"trigger": "success", "integration": "email", "config": {"to": "a@example.com"}}


@pytest.fixture
def task(api: Api) -> dict[str, Any]:
    return api.make(status="processing")


@pytest.fixture
def action(api: Api, task: dict[str, Any]) -> dict[str, Any]:
    response = api.call("POST", f"{task['id']}/actions/", ACTION)
    assert response.status_code == 201
    return response.json()


@pytest.fixture
def hook(owner: User, project: Project, principal_of: Callable[..., Principal]) -> None:
    register_project_webhook(
        principal=principal_of(owner),
        project_id=project.pk,
        slug="hook",
        url="https://hooks.example.com",
        at=NOW,
    )


def test_case_23_an_action_is_added(api: Api, task: dict[str, Any]) -> None:
    response = api.call("POST", f"{task['id']}/actions/", ACTION)

    row = Action.objects.get()
    assert (response.status_code, response.json()) == (
        201,
        {
            "id": row.pk,
            "task": task["id"],
            **ACTION,
            "status": "active",
            "created": response.json()["created"],
            "updated": response.json()["created"],
        },
    )
    assert isinstance(response.json()["id"], int)


def test_case_24_actions_are_listed_bare(api: Api, task: dict[str, Any], action: dict[str, Any]) -> None:
    second = api.call("POST", f"{task['id']}/actions/", {**ACTION, "trigger": "50%"}).json()
    api.patch(api.make("other")["id"], actions=[ACTION])

    assert api.call("GET", f"{task['id']}/actions/").json() == [action, second]
    assert api.call("GET", f"{task['id']}/actions/{action['id']}/").json() == action


def test_case_24_an_action_is_changed(api: Api, task: dict[str, Any], action: dict[str, Any]) -> None:
    path = f"{task['id']}/actions/{action['id']}/"

    patched = api.call("PATCH", path, {"trigger": "*/10%"})
    replaced = api.call("PUT", path, {"trigger": "error", "integration": "email"})

    assert (patched.status_code, patched.json()["trigger"]) == (200, "*/10%")
    assert patched.json()["config"] == ACTION["config"]
    assert (replaced.status_code, replaced.json()["trigger"]) == (200, "error")
    assert replaced.json()["created"] == action["created"]
    assert api.call("GET", path).json() == replaced.json()


def test_case_24_put_needs_both(api: Api, task: dict[str, Any], action: dict[str, Any]) -> None:
    path = f"{task['id']}/actions/{action['id']}/"
    before = everything()

    assert refusal(api.call("PUT", path, {"trigger": "error"})) == invalid("required", "integration")
    assert refusal(api.call("PUT", path, {"integration": "email"})) == invalid("required", "trigger")
    assert refusal(api.call("PATCH", path, {"trigger": "x"})) == invalid("invalid", "trigger")
    assert everything() == before


def test_case_24_a_cancelled_action_stays_listed_and_never_fires(
    api: Api, task: dict[str, Any], action: dict[str, Any]
) -> None:
    path = f"{task['id']}/actions/{action['id']}/"

    for _ in range(2):
        response = api.call("DELETE", path)
        assert (response.status_code, response.content) == (204, b"")
    api.patch(task["id"], status="success")

    assert [each["status"] for each in api.call("GET", f"{task['id']}/actions/").json()] == ["cancelled"]
    assert waiting() == 0


def test_case_25_a_report_adds_to_what_is_there(
    api: Api, task: dict[str, Any], action: dict[str, Any]
) -> None:
    body = api.patch(task["id"], actions=[{**ACTION, "trigger": "error"}])

    assert "actions" not in body
    listed = api.call("GET", f"{task['id']}/actions/").json()
    assert [each["trigger"] for each in listed] == ["success", "error"]
    response = api.call("POST", f"{task['id']}/", {"actions": [{**ACTION, "trigger": "stale"}]})
    assert response.status_code == 200
    assert Action.objects.count() == 3


@pytest.mark.parametrize("trigger", ["abc", "*/0", "-5", "50,", "101%", "x" * 255])
def test_case_26_a_bad_trigger(api: Api, task: dict[str, Any], trigger: str) -> None:
    bad = {**ACTION, "trigger": trigger}
    before = everything()

    inside = invalid("invalid", "actions.1.trigger")
    assert refusal(api.call("POST", f"{task['id']}/actions/", bad)) == invalid("invalid", "trigger")
    assert refusal(api.call("PATCH", f"{task['id']}/", {"value": 9, "actions": [ACTION, bad]})) == inside
    assert refusal(api.call("POST", "", {"name": "n", "actions": [ACTION, bad]})) == inside
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"trigger": ""}, "blank", "trigger"),
        ({"trigger": None}, "null", "trigger"),
        ({"trigger": "1" * 256}, "max_length", "trigger"),
        ({"trigger": 5}, None, None),
        ({"integration": ""}, "blank", "integration"),
        ({"integration": "i" * 51}, "max_length", "integration"),
    ],
)
def test_case_26_the_form_of_an_action(
    api: Api, task: dict[str, Any], changes: dict[str, Any], code: str | None, field: str | None
) -> None:
    bad = {**ACTION, **changes}
    if code is None:
        assert api.call("POST", f"{task['id']}/actions/", bad).status_code == 201
        return
    before = everything()

    assert refusal(api.call("POST", f"{task['id']}/actions/", bad)) == invalid(code, field)
    nested = invalid(code, f"actions.0.{field}")
    assert refusal(api.call("PATCH", f"{task['id']}/", {"actions": [bad]})) == nested
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"config": {"to": ",".join(f"{n}@example.com" for n in range(6))}}, "max_length", "config"),
        ({"config": {"to": "a@example.com,nobody"}}, "invalid", "config"),
        ({"config": {"to": "a b@example.com"}}, "invalid", "config"),
        ({"config": {"to": "a@example.com\nBcc: b@example.com"}}, "invalid", "config"),
        ({"config": {"to": ""}}, "required", "config"),
        ({"config": {"to": " , "}}, "required", "config"),
        ({"config": {}}, "required", "config"),
        ({"config": None}, "required", "config"),
        ({"config": {"to": ["a@example.com"]}}, "required", "config"),
        ({"config": "a@example.com"}, "required", "config"),
        ({"config": {"to": "a@example.com", "x": "y" * 262_144}}, "max_length", "config"),
        ({"integration": "sms"}, "invalid", "integration"),
        ({"integration": "webhook:"}, "invalid", "integration"),
        ({"integration": "webhook:none", "config": {}}, "does_not_exist", "integration"),
        ({"integration": "Email"}, "invalid", "integration"),
    ],
)
def test_case_27_where_an_action_cannot_send(
    api: Api, task: dict[str, Any], hook: None, changes: dict[str, Any], code: str, field: str
) -> None:
    bad = {**ACTION, **changes}
    before = everything()

    assert refusal(api.call("POST", f"{task['id']}/actions/", bad)) == invalid(code, field)
    nested = invalid(code, f"actions.0.{field}")
    assert refusal(api.call("PATCH", f"{task['id']}/", {"actions": [bad]})) == nested
    assert everything() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"config": {"to": ",".join(f"{n}@example.com" for n in range(5))}},
        {"config": {"to": " A@Example.com , a@example.com ,"}},
        {"integration": "webhook:hook", "config": {}},
        {"integration": "webhook:hook", "config": None},
        {"integration": "webhook:hook", "config": ["anything", 1e300]},
    ],
)
def test_where_an_action_can_send(
    api: Api, task: dict[str, Any], hook: None, changes: dict[str, Any]
) -> None:
    response = api.call("POST", f"{task['id']}/actions/", {**ACTION, **changes})

    assert response.status_code == 201
    expected = {**ACTION, **changes}
    assert response.json()["config"] == (expected["config"] if expected["config"] is not None else {})


def test_a_project_does_not_know_anothers_webhooks(api: Api, foreign_api: Api, hook: None) -> None:
    theirs = foreign_api.make()

    response = foreign_api.call(
        "POST", f"{theirs['id']}/actions/", {"trigger": "1", "integration": "webhook:hook"}
    )

    assert refusal(response) == invalid("does_not_exist", "integration")


def test_a_task_has_at_most_a_hundred_actions(api: Api, task: dict[str, Any]) -> None:
    api.patch(task["id"], actions=[ACTION] * 100)
    before = everything()

    for response in (
        api.call("POST", f"{task['id']}/actions/", ACTION),
        api.call("PATCH", f"{task['id']}/", {"actions": [ACTION]}),
    ):
        assert refusal(response) == invalid("max_length", "actions")
    assert everything() == before
    first = api.call("GET", f"{task['id']}/actions/").json()[0]["id"]
    api.call("DELETE", f"{task['id']}/actions/{first}/")
    assert api.call("POST", f"{task['id']}/actions/", ACTION).status_code == 201


# --- who, and which -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("action_id", ["0", "-1", "x", "1.0", "\u0665", "9" * 19, "9" * 400, "%00", "999999"])
def test_an_id_that_is_none_is_not_found(api: Api, task: dict[str, Any], action_id: str) -> None:
    for method, body in (("GET", None), ("PATCH", {}), ("PUT", ACTION), ("DELETE", None)):
        response = api.call(method, f"{task['id']}/actions/{action_id}/", body)
        assert (response.status_code, response.json()) == (404, NOT_FOUND)


def test_an_action_belongs_to_its_task(api: Api, action: dict[str, Any]) -> None:
    other = api.make()

    assert api.call("GET", f"{other['id']}/actions/{action['id']}/").status_code == 404


def test_a_team_mate_changes_actions_of_the_project(
    mates_api: Api, task: dict[str, Any], action: dict[str, Any]
) -> None:
    response = mates_api.call("PATCH", f"{task['id']}/actions/{action['id']}/", {"trigger": "error"})

    assert response.status_code == 200


def test_an_outsider_sees_and_changes_no_action(
    foreign_api: Api, task: dict[str, Any], action: dict[str, Any]
) -> None:
    own = foreign_api.make()
    before = everything()

    for method, path, body in (
        ("GET", f"{task['id']}/actions/", None),
        ("POST", f"{task['id']}/actions/", ACTION),
        ("GET", f"{task['id']}/actions/{action['id']}/", None),
        ("PATCH", f"{task['id']}/actions/{action['id']}/", {"trigger": "error"}),
        ("PUT", f"{task['id']}/actions/{action['id']}/", ACTION),
        ("DELETE", f"{task['id']}/actions/{action['id']}/", None),
        ("DELETE", f"{own['id']}/actions/{action['id']}/", None),
    ):
        response = foreign_api.call(method, path, body)
        assert (response.status_code, response.json()) == (404, NOT_FOUND)
    assert everything() == before
