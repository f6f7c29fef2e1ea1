"""The Python SDK: keys, and what is refused. Numbers: the contract's cases C2."""

import os
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import taskbadger
from taskbadger import (
    Action,
    Badger,
    EmailIntegration,
    Task,
    WebhookIntegration,
)
from taskbadger.exceptions import Unauthorized, UnexpectedStatus
from taskbadger.sdk import _init

Body = dict[str, Any]
Stored = Callable[[str], Body]
Refusal = Callable[[Callable[[], Any]], UnexpectedStatus]


# --- keys and places ----------------------------------------------------------------------------------------
def test_case_01_a_task_with_a_name_only(stored: Stored) -> None:
    task = Task.create("t")

    body = stored(task.id)
    address = os.environ["TASKBADGER_HOST"]
    assert body == {
        "id": task.id,
        "organization": "acme",
        "project": "web",
        "name": "t",
        "status": "pending",
        "value": None,
        "value_max": 100,
        "value_percent": None,
        "data": None,
        "tags": {},
        "start_time": None,
        "end_time": None,
        "time_to_start": None,
        "max_runtime": None,
        "stale_timeout": None,
        "queue": "",
        "external_id": "",
        "parent": None,
        "created": body["created"],
        "updated": body["updated"],
        "url": f"{address}/a/acme/tasks/{task.id}/",
        "public_url": f"{address}/public/tasks/{task.id}/",
    }
    assert task.to_dict() == Task.get(task.id).to_dict()


def test_case_02_a_task_with_everything(stored: Stored, server: httpx.Client) -> None:
    given: Body = {
        "value": 5,
        "value_max": 50,
        "data": {"deep": [1, {"er": None}]},
        "max_runtime": 60,
        "stale_timeout": 600,
        "tags": {"env": "prod"},
        "queue": "fast",
        "external_id": "ext-1",
    }
    action = Action("success", EmailIntegration(to="a@example.com"))

    task = taskbadger.create_task(
        "everything",
        status=taskbadger.StatusEnum.PROCESSING,
        actions=[action],
        monitor_id=os.environ["CLIENTS_MONITOR_ID"],
        **given,
    )

    body = stored(task.id)
    assert {key: body[key] for key in given} == given
    assert (body["status"], body["value_percent"], "actions" in body) == ("processing", 10, False)
    made = server.get(f"/tasks/{task.id}/actions/").json()
    assert [(each["trigger"], each["integration"], each["config"]) for each in made] == [
        ("success", "email", {"to": "a@example.com"})
    ]


def test_case_04_a_wrong_secret_is_unauthorized() -> None:
    with pytest.warns(DeprecationWarning, match="Legacy API keys"):
        _init(organization_slug="acme", project_slug="web", token="tb1_" + "0" * 48)

    with pytest.raises(Unauthorized):
        Task.create("t")


def test_case_05_both_spellings_of_the_key() -> None:
    assert Badger.current.settings.token == os.environ["CLIENTS_PROJECT_KEY"]
    for secret in (os.environ["CLIENTS_PROJECT_KEY"], os.environ["TASKBADGER_API_KEY"]):
        Badger.current.settings.token = secret
        assert Task.create("t").project == "web"


def test_case_06_a_key_of_another_project_finds_nothing(refusal: Refusal) -> None:
    task = Task.create("t")
    _init(token=os.environ["CLIENTS_OTHER_KEY_ENCODED"])
    Badger.current.settings.project_slug = "web"

    assert refusal(lambda: Task.create("t")).status_code == 404
    assert refusal(taskbadger.list_tasks).status_code == 404
    assert refusal(lambda: taskbadger.update_task(task.id, value=1)).status_code == 404


# --- what is refused ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "code", "attr"),
    [
        ({"name": ""}, b"blank", b"name"),
        ({"name": "n" * 256}, b"max_length", b"name"),
        ({"name": "t", "value": -1}, b"min_value", b"value"),
        ({"name": "t", "stale_timeout": 0}, b"min_value", b"stale_timeout"),
        ({"name": "t", "tags": {"a": "b"}}, b"min_length", b"tags.a"),
        ({"name": "t", "monitor_id": "not-a-uuid"}, b"invalid", b""),
        (
            {"name": "t", "actions": [Action("abc", EmailIntegration(to="a@example.com"))]},
            b"invalid",
            b"actions.0",
        ),
        (
            {"name": "t", "actions": [Action("1", WebhookIntegration("webhook:none"))]},
            b"does_not_exist",
            b"actions.0",
        ),
    ],
    ids=["07-blank", "07-long", "08-value", "08-timeout", "09-tag", "34-monitor", "26-trigger", "27-webhook"],
)
def test_case_refused(given: Body, code: bytes, attr: bytes, refusal: Refusal) -> None:
    refused = refusal(lambda: Task.create(**given))

    assert refused.status_code == 400
    assert b'"type":"validation_error"' in refused.content.replace(b": ", b":")
    assert code in refused.content
    assert attr in refused.content


def test_case_16_an_unknown_task_is_not_found(refusal: Refusal) -> None:
    absent = "01900000-0000-7000-8000-000000000000"

    assert refusal(lambda: taskbadger.update_task(absent, value=1)).status_code == 404
