"""The other calls of a run: made by hand, started, handed over, cancelled, given an output, spoken to."""

from typing import Any

import jwt
import pytest

from tasks.models import LogChunk, Run, Task
from tests.dialects.agents.conftest import ABSENT, NOT_FOUND, Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(api: Api) -> dict[str, Any]:
    return api.make()


@pytest.fixture
def path(api: Api, task: dict[str, Any]) -> str:
    """The path of a run that waits for a runner."""
    run = api.call("POST", f"tasks/{task['id']}/run/").json()["latest_run"]
    return f"tasks/{task['id']}/runs/{run['id']}/"


def made(api: Api, task: dict[str, Any], **said: Any) -> dict[str, Any]:
    response = api.call("POST", f"tasks/{task['id']}/runs/", said)
    assert response.status_code == 201, response.content
    run: dict[str, Any] = response.json()
    return run


# --- made and started ---------------------------------------------------------------------------------------
def test_a_run_made_by_hand_is_local_and_nobody_elses(api: Api, task: dict[str, Any]) -> None:
    run = made(api, task)

    assert (run["environment"], run["status"], run["state"]) == ("local", "queued", {"mode": "background"})
    assert api.get(task["id"])["latest_run"] == run
    assert api.call("POST", "runs/claim/").status_code == 204
    start = api.call("POST", f"tasks/{task['id']}/runs/{run['id']}/start/")
    body = {"error": "Only cloud runs can be started via this endpoint"}
    assert (start.status_code, start.json()) == (400, body)


def test_a_cloud_run_waits_until_it_is_started(api: Api, task: dict[str, Any]) -> None:
    run = made(api, task, environment="cloud")
    assert api.call("POST", "runs/claim/").status_code == 204

    started = api.call(
        "POST", f"tasks/{task['id']}/runs/{run['id']}/start/", {"pending_user_message": " go "}
    )

    assert started.status_code == 200
    state = {"mode": "background", "pending_user_message": "go"}
    assert started.json()["latest_run"] == {
        **run,
        "state": state,
        "updated_at": started.json()["latest_run"]["updated_at"],
    }
    assert api.call("POST", "runs/claim/").json()["run"]["id"] == run["id"]
    again = api.call("POST", f"tasks/{task['id']}/runs/{run['id']}/start/")
    detail = "Only queued or not_started cloud runs can be started (current status: in_progress)"
    assert (again.status_code, again.json()) == (400, {"error": detail})


# --- handed over, cancelled ---------------------------------------------------------------------------------
def test_a_run_is_handed_over_as_if_it_had_not_ended(api: Api, task: dict[str, Any]) -> None:
    run = made(api, task)
    path = f"tasks/{task['id']}/runs/{run['id']}/"
    api.call("PATCH", path, {"status": "failed", "error_message": "x"})

    resumed = api.call("POST", f"{path}resume_in_cloud/")

    assert resumed.status_code == 200
    body = resumed.json()
    assert (body["status"], body["environment"], body["completed_at"]) == ("queued", "cloud", None)
    assert (body["error_message"], body["state"]) == (None, {"mode": "interactive", "handoff_resumed": True})
    assert Task.objects.get().status == "pending"
    again = api.call("POST", f"{path}resume_in_cloud/")
    assert (again.status_code, again.json()) == (400, {"error": "Run is already active in cloud"})


def test_a_cancelled_run_takes_its_runners_hold_away(api: Api, path: str) -> None:
    fence = api.call("POST", "runs/claim/").json()["fence"]

    cancelled = api.call("POST", f"{path}cancel/")

    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert Task.objects.get().status == "pending"
    late = api.call("PATCH", path, {"status": "completed"}, **{"X-Run-Fence": str(fence)})
    assert refusal(late, with_detail=False) == (
        409,
        {"type": "invalid_request", "code": "conflict", "detail": "", "attr": None},
    )
    again = api.call("POST", f"{path}cancel/")
    assert (again.status_code, again.json()) == (200, cancelled.json())


# --- claimed ------------------------------------------------------------------------------------------------
def test_a_claim_tells_all_that_is_needed(api: Api, task: dict[str, Any], path: str) -> None:
    response = api.call("POST", "runs/claim/", {"runner": "box-1"})

    claim = response.json()
    assert response.status_code == 200
    assert claim == {
        "fence": 1,
        "lease_seconds": 60,
        "lease_until": claim["lease_until"],
        "status": "in_progress",
        "task": api.get(task["id"]),
        "run": api.call("GET", path).json(),
    }
    run = Run.objects.get()
    assert (run.runner_name, run.runner_id is not None) == ("box-1", True)
    assert Task.objects.get().status == "processing"
    assert api.call("POST", "runs/claim/").status_code == 204


def test_a_lease_is_renewed_by_its_holder_alone(api: Api, path: str) -> None:
    claim = api.call("POST", "runs/claim/").json()

    renewed = api.call("POST", f"{path}renew/", **{"X-Run-Fence": "1"})

    assert renewed.json() == {
        "fence": 1,
        "lease_seconds": 60,
        "lease_until": renewed.json()["lease_until"],
        "status": "in_progress",
    }
    assert renewed.json()["lease_until"] > claim["lease_until"]
    assert api.call("POST", f"{path}renew/", **{"X-Run-Fence": "2"}).status_code == 409
    missing = api.call("POST", f"{path}renew/")
    assert refusal(missing, with_detail=False) == invalid("required", "X-Run-Fence")
    wrong = api.call("POST", f"{path}renew/", **{"X-Run-Fence": "one"})
    assert refusal(wrong, with_detail=False) == invalid("invalid_input", "X-Run-Fence")


@pytest.mark.parametrize(
    ("method", "call", "body"),
    [
        ("PATCH", "", {"status": "completed"}),
        ("PATCH", "set_output/", {"output": {}}),
        ("POST", "append_log/", {"entries": [{}]}),
        ("POST", "artifacts/", {"artifacts": [{"name": "a", "type": "output", "content": "x"}]}),
    ],
)
def test_a_write_under_an_old_fence_is_refused(
    api: Api, path: str, method: str, call: str, body: Any
) -> None:
    api.call("POST", "runs/claim/")
    before = everything()

    response = api.call(method, path + call, body, **{"X-Run-Fence": "0"})

    assert response.status_code == 409
    after = everything()
    assert {**after, "Artifact": []} == {**before, "Artifact": []}
    assert [each["state"] for each in after["Artifact"]] in ([], ["prepared"])


def test_whoever_reports_without_a_fence_is_heard(api: Api, path: str) -> None:
    api.call("POST", "runs/claim/")

    assert api.call("PATCH", path, {"status": "completed"}).json()["status"] == "completed"

    assert api.call("POST", f"{path}renew/", **{"X-Run-Fence": "1"}).status_code == 409
    late = api.call("PATCH", path, {"status": "failed"}, **{"X-Run-Fence": "1"})
    assert late.status_code == 409


def test_who_may_claim(
    api: Api, mates_api: Api, outsiders_api: Api, path: str, owner: Any, issue_key: Any
) -> None:
    assert outsiders_api.call("POST", "runs/claim/").status_code == 404
    reader = Api(api.client, issue_key(owner, "task:read").secret, api.project)
    assert reader.call("POST", "runs/claim/").status_code == 403
    assert Run.objects.get().status == "queued"
    assert mates_api.call("POST", "runs/claim/").status_code == 200


# --- output -------------------------------------------------------------------------------------------------
SCHEMA = {"type": "object", "required": ["pr_url"], "properties": {"pr_url": {"type": "string"}}}


def test_an_output_is_replaced(api: Api, path: str) -> None:
    api.call("PATCH", path, {"output": {"a": 1}})

    response = api.call("PATCH", f"{path}set_output/", {"output": {"b": 2}})

    assert (response.status_code, response.json()["output"]) == (200, {"b": 2})
    assert response.json()["status"] == "queued"
    bare = api.call("PATCH", f"{path}set_output/", {"pr_url": "u"})  # as the published client sends it
    assert bare.json()["output"] == {"pr_url": "u"}
    assert refusal(api.call("PATCH", f"{path}set_output/", {}), with_detail=False) == invalid(
        "required", "output"
    )


def test_an_output_that_fits_the_schema_completes_the_run(api: Api) -> None:
    task = api.make(json_schema=SCHEMA)
    run = api.call("POST", f"tasks/{task['id']}/run/").json()["latest_run"]
    path = f"tasks/{task['id']}/runs/{run['id']}/set_output/"
    before = everything()

    wrong = api.call("PATCH", path, {"output": {"pr_url": 5}})

    problem = "Output validation error: $.pr_url: 5 is not of type 'string'"
    assert (wrong.status_code, wrong.json()) == (400, {"error": problem})
    assert everything() == before
    right = api.call("PATCH", path, {"output": {"pr_url": "u"}}).json()
    assert (right["status"], right["output"]) == ("completed", {"pr_url": "u"})
    assert Task.objects.get().status == "success"


# --- spoken to ----------------------------------------------------------------------------------------------
def test_a_message_is_found_in_the_log(api: Api, path: str) -> None:
    call = {"jsonrpc": "2.0", "method": "user_message", "params": {"content": "hello"}, "id": "7"}

    response = api.call("POST", f"{path}command/", call)

    assert (response.status_code, response.json()) == (
        200,
        {"jsonrpc": "2.0", "result": {"queued": True}, "id": "7"},
    )
    (entry,) = api.call("GET", f"{path}session_logs/").json()
    assert entry["notification"]["method"] == "_posthog/user_message"
    assert entry["notification"]["params"] == {"content": "hello"}


@pytest.mark.parametrize("method", ["cancel", "close", "permission_response", "set_config_option"])
def test_other_commands_need_a_sandbox(api: Api, path: str, method: str) -> None:
    response = api.call("POST", f"{path}command/", {"jsonrpc": "2.0", "method": method})

    assert (response.status_code, response.json()) == (400, {"error": "No active sandbox for this task run"})
    assert not LogChunk.objects.exists()


def test_a_command_must_be_one(api: Api, path: str) -> None:
    response = api.call("POST", f"{path}command/", {"jsonrpc": "2.0", "method": "format_disk"})

    assert refusal(response, with_detail=False) == invalid("invalid_choice", "method")


def test_nothing_is_relayed(api: Api, path: str) -> None:
    response = api.call("POST", f"{path}relay_message/", {"text": "hi", "text_parts": ["hi"]})

    assert (response.status_code, response.json()) == (200, {"status": "skipped"})
    too_long = api.call("POST", f"{path}relay_message/", {"text": "x" * 10_001})
    assert refusal(too_long, with_detail=False) == invalid("max_length", "text")


def test_a_connection_token_opens_nothing_here(api: Api, path: str, task: dict[str, Any]) -> None:
    token = api.call("GET", f"{path}connection_token/").json()["token"]

    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["run_id"], claims["task_id"]) == (path.split("/")[3], task["id"])
    assert claims["exp"] - claims["iat"] == 24 * 3600
    assert Api(api.client, token, api.project).call("GET", "tasks/").status_code == 401
    trigger = api.client.post(
        f"/api/v1/tasks/{task['id']}/trigger", headers={"Authorization": f"Bearer {token}"}
    )
    assert trigger.status_code == 401


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "start/"),
        ("POST", "cancel/"),
        ("POST", "resume_in_cloud/"),
        ("PATCH", "set_output/"),
        ("POST", "append_log/"),
        ("GET", "logs/"),
        ("GET", "session_logs/"),
        ("GET", "stream/"),
        ("POST", "command/"),
        ("POST", "relay_message/"),
        ("GET", "connection_token/"),
    ],
)
def test_a_run_is_found_under_its_own_task_by_members_alone(
    api: Api, outsiders_api: Api, task: dict[str, Any], path: str, method: str, call: str
) -> None:
    bodies = {
        "set_output/": {"output": 1},
        "append_log/": {"entries": [{}]},
        "command/": {"jsonrpc": "2.0", "method": "user_message"},
        "relay_message/": {"text": "x"},
    }
    body = bodies.get(call, None if method == "GET" else {})
    other = api.make(title="Other")
    before = everything()

    assert outsiders_api.call(method, path + call, body).status_code == 404
    foreign = path.replace(task["id"], other["id"])
    assert refusal(api.call(method, foreign + call, body)) == (404, NOT_FOUND)
    absent = f"tasks/{task['id']}/runs/{ABSENT}/{call}"
    assert refusal(api.call(method, absent, body)) == (404, NOT_FOUND)
    assert everything() == before
