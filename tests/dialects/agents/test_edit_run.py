"""What is said of a run, and what its task, its devices and its webhooks make of it. PH-27, PH-30."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import PushToken, User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Run, Task
from tasks.operations.lifecycle import complete_task
from tasks.operations.webhooks import register_webhook
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.dialects.agents.conftest import ABSENT, NOT_FOUND, Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(api: Api) -> dict[str, Any]:
    return api.make()


@pytest.fixture
def run(api: Api, task: dict[str, Any]) -> str:
    """The path of a run that waits for a runner."""
    made = api.call("POST", f"tasks/{task['id']}/run/").json()["latest_run"]
    return f"tasks/{task['id']}/runs/{made['id']}/"


def said(api: Api, run: str, **change: Any) -> dict[str, Any]:
    response = api.call("PATCH", run, change)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def test_ph_27_output_is_merged_and_the_end_has_one_moment(api: Api, run: str) -> None:
    assert said(api, run, status="in_progress")["completed_at"] is None
    ended = said(api, run, status="completed", output={"pr_url": "u"})
    again = said(api, run, output={"sha": "1"})
    failed = said(api, run, status="failed")

    assert ended["completed_at"] is not None
    assert again["output"] == {"pr_url": "u", "sha": "1"}
    assert again["completed_at"] == failed["completed_at"] == ended["completed_at"]
    assert again == api.call("GET", run).json() | {"status": "completed", "updated_at": again["updated_at"]}


def test_what_is_no_object_replaces_the_output(api: Api, run: str) -> None:
    said(api, run, output={"a": 1})

    assert said(api, run, output=[1])["output"] == [1]
    assert said(api, run, output={"b": 2})["output"] == {"b": 2}
    assert said(api, run, output=None)["output"] is None


def test_keys_leave_a_state_before_others_come(api: Api, run: str) -> None:
    said(api, run, state={"a": 1, "b": {"c": 2}})

    changed = said(
        api, run, state={"b": {"d": 3}, "sandbox_id": "mine"}, state_remove_keys=["a", "mode", "b"]
    )

    assert changed["state"] == {"b": {"d": 3}}


def test_the_servers_own_keys_stay(api: Api, task: dict[str, Any]) -> None:
    made = api.call("POST", f"tasks/{task['id']}/run/", {"pr_authorship_mode": "bot"}).json()["latest_run"]
    path = f"tasks/{task['id']}/runs/{made['id']}/"

    changed = said(api, path, state={"pr_authorship_mode": "user"}, state_remove_keys=["pr_authorship_mode"])

    assert changed["state"] == {"mode": "background", "pr_authorship_mode": "bot"}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"status": "done"}, invalid("invalid_choice", "status")),
        ({"environment": "cloud"}, invalid("invalid_choice", "environment")),
        ({"stage": "s" * 101}, invalid("max_length", "stage")),
        ({"state": []}, invalid("not_a_dict", "state")),
        ({"state_remove_keys": []}, invalid("empty", "state_remove_keys")),
        ({"output": "x" * 262_144}, invalid("max_length", "output")),
    ],
)
def test_a_wrong_value_changes_nothing(api: Api, run: str, change: dict[str, Any], refused: Any) -> None:
    before = everything()

    assert refusal(api.call("PATCH", run, change), with_detail=False) == refused
    assert everything() == before


def test_who_may_speak_of_a_run(api: Api, mates_api: Api, outsiders_api: Api, run: str) -> None:
    assert said(mates_api, run, stage="build")["stage"] == "build"
    before = everything()

    assert outsiders_api.call("PATCH", run, {"stage": "x"}).status_code == 404
    other = api.make(title="Other")
    foreign = f"tasks/{other['id']}/runs/{run.split('/')[3]}/"
    assert refusal(api.call("PATCH", foreign, {"stage": "x"})) == (404, NOT_FOUND)
    assert refusal(api.call("PATCH", f"tasks/{other['id']}/runs/{ABSENT}/", {})) == (404, NOT_FOUND)
    assert everything()["Run"] == before["Run"]


# --- the task -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "follows"),
    [
        ("not_started", "pending"),
        ("queued", "pending"),
        ("in_progress", "processing"),
        ("completed", "success"),
        ("failed", "error"),
        ("cancelled", "pending"),
    ],
)
def test_the_task_follows_its_newest_run(api: Api, run: str, status: str, follows: str) -> None:
    said(api, run, status=status)

    assert Task.objects.get().status == follows


def test_a_completed_run_completes_the_task_as_everybody_does(
    api: Api, run: str, owner: User, principal_of: Callable[..., Principal]
) -> None:
    events = ["task.completed", "task.invalidated", "run.completed"]
    register_webhook(principal=principal_of(owner), url="https://h.example.com/in", events=events, at=NOW)

    said(api, run, status="completed")

    task = Task.objects.get()
    assert (task.status, task.completed_at is not None) == ("success", True)
    assert [(each.status, each.source) for each in Occurrence.objects.all()] == [("completed", "completion")]
    assert sorted(Delivery.objects.values_list("event", flat=True)) == ["run.completed", "task.completed"]
    said(api, run, status="in_progress")
    assert Task.objects.get().status == "processing"
    assert [each.status for each in Occurrence.objects.all()] == ["invalidated"]
    assert Delivery.objects.filter(event="task.invalidated").count() == 1


def test_an_older_run_says_nothing_of_its_task(api: Api, run: str, task: dict[str, Any]) -> None:
    api.call("POST", f"tasks/{task['id']}/run/")

    said(api, run, status="completed")

    assert Task.objects.get().status == "pending"


def stake(task: dict[str, Any], **columns: Any) -> None:
    Task.objects.filter(pk=task["id"]).update(stake_cents=500, **columns)


def test_a_run_after_the_deadline_does_not_save_a_stake(api: Api, run: str, task: dict[str, Any]) -> None:
    said(api, run, status="in_progress")
    stake(task, due_at=clock.now() - timedelta(seconds=1))

    assert said(api, run, status="completed")["status"] == "completed"
    assert Task.objects.get().status == "processing"


def test_a_run_before_the_deadline_does(api: Api, run: str, task: dict[str, Any]) -> None:
    stake(task, due_at=clock.now() + timedelta(hours=1))

    said(api, run, status="completed")

    assert Task.objects.get().status == "success"


def test_an_expired_task_keeps_its_status(api: Api, run: str, task: dict[str, Any]) -> None:
    stake(task, due_at=clock.now() - timedelta(hours=1), status="expired")

    assert said(api, run, status="completed")["status"] == "completed"
    assert Task.objects.get().status == "expired"
    assert api.call("POST", f"tasks/{task['id']}/run/").json()["latest_run"]["status"] == "queued"
    assert Task.objects.get().status == "expired"


def test_only_the_owners_run_puts_a_stake_at_risk_again(
    api: Api, mates_api: Api, task: dict[str, Any], owner: User, principal_of: Callable[..., Principal]
) -> None:
    stake(task, due_at=clock.now() + timedelta(hours=1))
    complete_task(principal=principal_of(owner), task_id=Task.objects.get().pk, at=NOW)

    assert mates_api.call("POST", f"tasks/{task['id']}/run/").status_code == 200
    assert Task.objects.get().status == "success"
    assert api.call("POST", f"tasks/{task['id']}/run/").status_code == 200
    assert Task.objects.get().status == "pending"


# --- who hears of it ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_an_end_is_told_once(
    api: Api, run: str, owner: User, principal_of: Callable[..., Principal], status: str
) -> None:
    events = ["run.completed", "run.failed", "run.cancelled"]
    register_webhook(principal=principal_of(owner), url="https://h.example.com/in", events=events, at=NOW)
    token = {"token": f"ExponentPushToken[{uuid4()}]", "platform": "ios"}
    assert api.call("POST", "/api/users/@me/push_tokens/", token).status_code == 200

    said(api, run, status=status)
    said(api, run, status=status, error_message="x")

    told = list(Delivery.objects.order_by("kind").values_list("kind", "event"))
    assert told == [("push", f"run.{status}"), ("webhook", f"run.{status}")]


def test_ph_30_who_watches_is_not_disturbed(api: Api, mates_api: Api, task: dict[str, Any]) -> None:
    devices = [
        api.call("POST", "/api/users/@me/push_tokens/", {"token": f"t{n}", "platform": "ios"}).json()["id"]
        for n in range(2)
    ]
    theirs = {"token": "theirs", "platform": "ios"}
    mates = mates_api.call("POST", "/api/users/@me/push_tokens/", theirs).json()["id"]
    other = api.make(title="Other")
    watched = api.call("POST", f"tasks/{task['id']}/presence/", {"device_id": devices[0]})
    assert watched.status_code == 204
    first = api.call("POST", f"tasks/{task['id']}/run/").json()["latest_run"]["id"]
    said(api, f"tasks/{task['id']}/runs/{first}/", status="completed")
    assert Delivery.objects.count() == 0

    api.call("DELETE", f"tasks/{task['id']}/presence/", {"device_id": devices[0]})
    api.call("POST", f"tasks/{other['id']}/presence/", {"device_id": devices[0]})
    mates_api.call("POST", f"tasks/{task['id']}/presence/", {"device_id": mates})
    second = api.call("POST", f"tasks/{task['id']}/run/").json()["latest_run"]["id"]
    said(api, f"tasks/{task['id']}/runs/{second}/", status="completed")

    pushes = Delivery.objects.filter(kind="push")
    assert sorted(pushes.values_list("endpoint", flat=True)) == sorted(devices)
    assert all(task["id"] in push.payload and second in push.payload for push in pushes)
    assert PushToken.objects.count() == 3


def test_nobody_else_hears_of_a_deleted_tasks_run(api: Api, run: str, task: dict[str, Any]) -> None:
    assert api.call("DELETE", f"tasks/{task['id']}/").status_code == 204

    assert refusal(api.call("PATCH", run, {"status": "completed"})) == (404, NOT_FOUND)
    assert Run.objects.get().status == "queued"
