"""The Python SDK: lists, actions, and the generated layer below it. Numbers: the contract's cases C2."""

import os
from collections.abc import Callable
from typing import Any

import httpx
import taskbadger
from taskbadger import (
    Action,
    EmailIntegration,
    Session,
    Task,
    WebhookIntegration,
)
from taskbadger.exceptions import UnexpectedStatus
from taskbadger.internal.api.action_endpoints import (
    action_cancel,
    action_create,
    action_get,
    action_list,
    action_partial_update,
    action_update,
)
from taskbadger.internal.api.task_endpoints import task_cancel, task_update
from taskbadger.internal.models import ActionRequest, PatchedActionRequest, TaskRequest

Body = dict[str, Any]
Stored = Callable[[str], Body]
Refusal = Callable[[Callable[[], Any]], UnexpectedStatus]
PLACE = ("acme", "web")


# --- lists and parents --------------------------------------------------------------------------------------
def test_case_17_pages(name: str) -> None:
    made = [Task.create(name).id for _ in range(5)]

    first = taskbadger.list_tasks(page_size=2)
    second = taskbadger.list_tasks(page_size=3, cursor=cursor_of(first.next_))
    back = taskbadger.list_tasks(page_size=2, cursor=cursor_of(second.previous))

    assert [task.id for task in first] + [task.id for task in second] == made[::-1]
    assert [task.id for task in back] == made[:2:-1]
    assert len(first) == 2
    assert first.next_.startswith(os.environ["TASKBADGER_HOST"])


def cursor_of(url: str) -> str:
    return str(httpx.URL(url).params["cursor"])


def test_case_19_and_20_children(stored: Stored, refusal: Refusal) -> None:
    parent = Task.create("parent")
    children = [Task.create("child", parent=parent.id) for _ in range(2)]

    listed = taskbadger.list_tasks(parent=parent.id)

    assert [task.id for task in listed.results] == [child.id for child in reversed(children)]
    assert (children[0].parent, stored(children[0].id)["parent"]) == (parent.id, parent.id)
    assert refusal(lambda: Task.create("grandchild", parent=children[0].id)).status_code == 400
    assert refusal(lambda: children[0].update(parent=children[1].id)).status_code == 400


# --- actions ------------------------------------------------------------------------------------------------
def test_case_25_actions_are_added(server: httpx.Client) -> None:
    task = Task.create("t", actions=[Action("error", EmailIntegration(to="a@example.com"))])

    task.add_actions([Action("*/25%,success", WebhookIntegration("webhook:ci"))])

    made = server.get(f"/tasks/{task.id}/actions/").json()
    assert [each["trigger"] for each in made] == ["error", "*/25%,success"]


def test_case_29_a_webhook_gets_the_task(received: Callable[[str], Body], stored: Stored) -> None:
    task = Task.create("t", actions=[Action("50%", WebhookIntegration("webhook:ci"))])

    task.processing(60)

    body = received(task.id)
    expected = stored(task.id)
    assert {key: body[key] for key in expected} == expected
    assert (body["point"], body["action"]["trigger"]) == ("50%", "50%")


# --- the generated layer below the SDK ---------------------------------------------------------------------
def test_case_13_put_and_15_delete(stored: Stored) -> None:
    task = Task.create("t", status=taskbadger.StatusEnum.PROCESSING, value=5, data={"a": 1})

    with Session() as client:
        put = task_update.sync_detailed(*PLACE, task.id, client=client, body=TaskRequest(name="n"))
        body = stored(task.id)
        gone = task_cancel.sync_detailed(*PLACE, task.id, client=client)

    assert (put.status_code, put.parsed.name) == (200, "n")
    assert [body[key] for key in ("name", "status", "value", "data")] == ["n", "pending", 5, {"a": 1}]
    assert (gone.status_code, gone.content) == (204, b"")
    assert stored(task.id)["status"] == "cancelled"


def test_case_23_and_24_actions_one_by_one(server: httpx.Client) -> None:
    task = Task.create("t")
    request = ActionRequest("success", "email", {"to": "a@example.com"})

    with Session() as client:
        made = action_create.sync(*PLACE, task.id, client=client, body=request)
        assert (made.task, made.status, isinstance(made.id, int)) == (task.id, "active", True)
        place = (*PLACE, task.id, made.id)
        changed = action_partial_update.sync(
            *place, client=client, body=PatchedActionRequest(trigger="error")
        )
        put = action_update.sync(*place, client=client, body=ActionRequest("stale", "webhook:ci", {}))
        one = action_get.sync(*place, client=client)
        gone = action_cancel.sync_detailed(*place, client=client)
        listed = action_list.sync(*PLACE, task.id, client=client)

    assert (changed.trigger, put.trigger, one.integration) == ("error", "stale", "webhook:ci")
    assert gone.status_code == 204
    assert [(each.id, each.status) for each in listed] == [(made.id, "cancelled")]
