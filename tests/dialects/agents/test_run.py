"""POST tasks/:id/run/: a run is made, queued, and everybody who must hear of it does. PH-24 to PH-26."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Run, Task
from tasks.operations.webhooks import register_webhook
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.dialects.agents.conftest import ABSENT, NOT_FOUND, Api, everything, invalid, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(api: Api) -> dict[str, Any]:
    return api.make()


def latest(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    run: dict[str, Any] = response.json()["latest_run"]
    return run


def test_ph_24_an_empty_body_queues_a_cloud_run(api: Api, task: dict[str, Any]) -> None:
    response = api.call("POST", f"tasks/{task['id']}/run/")

    run = latest(response)
    stored = Run.objects.get()
    assert response.json() == {**task, "latest_run": run, "updated_at": response.json()["updated_at"]}
    assert run == {
        "id": str(stored.pk),
        "task": task["id"],
        "stage": None,
        "branch": None,
        "status": "queued",
        "environment": "cloud",
        "runtime_adapter": None,
        "provider": None,
        "model": None,
        "reasoning_effort": None,
        "log_url": None,
        "error_message": None,
        "output": None,
        "state": {"mode": "background"},
        "artifacts": [],
        "created_at": run["created_at"],
        "updated_at": run["created_at"],
        "completed_at": None,
    }
    assert Task.objects.get().status == "pending"


def test_ph_25_what_is_said_is_kept(api: Api, task: dict[str, Any]) -> None:
    said = {"mode": "interactive", "branch": "dev", "pending_user_message": "  hi "}

    run = latest(api.call("POST", f"tasks/{task['id']}/run/", said))

    assert run["branch"] == "dev"
    assert run["state"] == {"mode": "interactive", "pr_base_branch": "dev", "pending_user_message": "hi"}


def test_an_agent_is_chosen_with_its_model(api: Api, task: dict[str, Any]) -> None:
    said = {"runtime_adapter": "codex", "model": "o4", "reasoning_effort": "high"}
    said |= {"initial_permission_mode": "full-access", "github_user_token": "ghu_secret", "branch": None}

    run = latest(api.call("POST", f"tasks/{task['id']}/run/", said))

    assert (run["runtime_adapter"], run["provider"], run["model"]) == ("codex", "openai", "o4")
    assert run["reasoning_effort"] == "high"
    assert "secret" not in Run.objects.get().state


def test_a_blank_message_is_none(api: Api, task: dict[str, Any]) -> None:
    run = latest(api.call("POST", f"tasks/{task['id']}/run/", {"pending_user_message": "  "}))

    assert run["state"] == {"mode": "background"}


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"mode": "x"}, invalid("invalid_choice", "mode")),
        ({"branch": "b" * 256}, invalid("max_length", "branch")),
        ({"model": "m"}, invalid("invalid_input", "runtime_adapter")),
        ({"reasoning_effort": "low"}, invalid("invalid_input", "runtime_adapter")),
        ({"runtime_adapter": "claude"}, invalid("invalid_input", "model")),
        ({"initial_permission_mode": "plan"}, invalid("invalid_input", "initial_permission_mode")),
        (
            {"runtime_adapter": "claude", "model": "m", "initial_permission_mode": "read-only"},
            invalid("invalid_choice", "initial_permission_mode"),
        ),
        ({"resume_from_run_id": "no"}, invalid("invalid_input", "resume_from_run_id")),
        ({"pending_user_artifact_ids": ["a" * 129]}, invalid("max_length", "pending_user_artifact_ids__0")),
    ],
)
def test_ph_26_a_wrong_value_makes_no_run(
    api: Api, task: dict[str, Any], said: dict[str, Any], refused: Any
) -> None:
    before = everything()

    response = api.call("POST", f"tasks/{task['id']}/run/", said)

    assert refusal(response, with_detail=False) == refused
    assert everything() == before


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ({"resume_from_run_id": str(ABSENT)}, {"detail": "Invalid resume_from_run_id"}),
        ({"sandbox_environment_id": str(ABSENT)}, {"detail": "Invalid sandbox_environment_id"}),
        (
            {"pending_user_artifact_ids": ["zzz"]},
            {
                "detail": "Some pending_user_artifact_ids are invalid or expired",
                "missing_artifact_ids": ["zzz"],
            },
        ),
    ],
)
def test_ph_26_what_is_named_must_be_there(
    api: Api, task: dict[str, Any], said: dict[str, Any], body: Any
) -> None:
    before = everything()

    response = api.call("POST", f"tasks/{task['id']}/run/", said)

    assert (response.status_code, response.json()) == (400, body)
    assert everything() == before


def test_ph_26_another_tasks_run_is_not_carried_on(api: Api, task: dict[str, Any]) -> None:
    other = api.make(title="Other")
    run = latest(api.call("POST", f"tasks/{other['id']}/run/"))

    response = api.call("POST", f"tasks/{task['id']}/run/", {"resume_from_run_id": run["id"]})

    assert (response.status_code, response.json()) == (400, {"detail": "Invalid resume_from_run_id"})


def test_a_resumed_run_takes_its_agent_over(api: Api, task: dict[str, Any]) -> None:
    said = {"runtime_adapter": "claude", "model": "opus", "branch": "dev"}
    earlier = latest(api.call("POST", f"tasks/{task['id']}/run/", said))

    run = latest(api.call("POST", f"tasks/{task['id']}/run/", {"resume_from_run_id": earlier["id"]}))

    assert run["state"] == {
        "mode": "background",
        "resume_from_run_id": earlier["id"],
        "runtime_adapter": "claude",
        "provider": "anthropic",
        "model": "opus",
        "pr_base_branch": "dev",
    }


def test_a_team_mate_cannot_write_in_the_creators_name(
    mates_api: Api, task: dict[str, Any], api: Api
) -> None:
    path, said = f"tasks/{task['id']}/run/", {"pr_authorship_mode": "user"}

    refused = mates_api.call("POST", path, said)

    attr = "pr_authorship_mode"
    assert refusal(refused, with_detail=False) == invalid("github_authorization_required", attr)
    assert mates_api.call("POST", path, {**said, "github_user_token": "t"}).status_code == 200
    assert api.call("POST", path, said).status_code == 200


def test_who_may_run_a_task(
    api: Api, mates_api: Api, outsiders_api: Api, owner: User, task: dict[str, Any], issue_key: Any
) -> None:
    path = f"tasks/{task['id']}/run/"
    before = everything()

    assert outsiders_api.call("POST", path).status_code == 404
    assert refusal(api.call("POST", f"tasks/{ABSENT}/run/")) == (404, NOT_FOUND)
    reader = Api(api.client, issue_key(owner, "task:read").secret, api.project)
    assert reader.call("POST", path).status_code == 403
    assert Run.objects.count() == 0
    assert everything()["Delivery"] == before["Delivery"]
    assert mates_api.call("POST", path).status_code == 200


def test_the_owners_webhooks_hear_of_it(
    api: Api, task: dict[str, Any], owner: User, principal_of: Callable[..., Principal]
) -> None:
    register_webhook(
        principal=principal_of(owner), url="https://hooks.example.com/in", events=["run.queued"], at=NOW
    )

    run = latest(api.call("POST", f"tasks/{task['id']}/run/"))

    (delivery,) = Delivery.objects.all()
    assert delivery.event == "run.queued"
    assert f'"run":{{"id":"{run["id"]}","status":"queued","error_message":null}}' in delivery.payload
    assert f'"task":{{"id":"{task["id"]}"' in delivery.payload


def test_several_runs_may_wait_at_once(api: Api, task: dict[str, Any], project: Project) -> None:
    first = latest(api.call("POST", f"tasks/{task['id']}/run/"))
    second = latest(api.call("POST", f"tasks/{task['id']}/run/"))

    page = api.call("GET", f"tasks/{task['id']}/runs/").json()
    assert page == {"count": 2, "next": None, "previous": None, "results": [second, first]}
    assert api.call("GET", f"tasks/{task['id']}/runs/{first['id']}/").json() == first
    missing = api.call("GET", f"tasks/{ABSENT}/runs/")
    assert refusal(missing) == (404, {**NOT_FOUND, "detail": "Task not found"})
