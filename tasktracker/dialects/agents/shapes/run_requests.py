"""What callers say of runs, read. Source: agents.md A.5."""

from typing import Any, Final

from rest_framework import serializers

from accounts.rules.principal import Principal
from tasks.operations.run_logs import Command
from tasks.operations.runs import RunChange
from tasks.rules.run_requests import (
    MAX_ARTIFACT_ID,
    MAX_ERROR,
    MAX_RELAYED,
    PERMISSION_MODES,
    Adapter,
    Authorship,
    Effort,
    Mode,
    RunRequest,
    RunSource,
)
from tasks.rules.runs import MAX_BRANCH, MAX_RUNNER, MAX_STAGE, Environment, RunStatus
from tasktracker.core.errors import Invalid, Problem
from tasktracker.dialects.agents.shapes.reading import read
from tasktracker.http.dialect import DialectRequest

FENCE_HEADER: Final = "X-Run-Fence"
COMMANDS: Final = ("user_message", "cancel", "close", "permission_response", "set_config_option")

_MODES: Final = sorted({mode for modes in PERMISSION_MODES.values() for mode in modes})
_MAX_DIGITS: Final = 9
_RENAMED: Final = {
    "pending_user_message": "user_message",
    "pr_authorship_mode": "authorship",
    "run_source": "source",
    "runtime_adapter": "adapter",
    "reasoning_effort": "effort",
    "initial_permission_mode": "permission_mode",
}


def _word(kind: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField([str(word) for word in kind], required=False, allow_null=True)


def _text(most: int, **options: Any) -> serializers.CharField:
    values = {"required": False, "allow_null": True, "allow_blank": True, **options}
    return serializers.CharField(max_length=most, **values)


class StartIn(serializers.Serializer[Any]):
    """What can be said when a run that was made before is started."""

    pending_user_message = _text(100_000)
    pending_user_artifact_ids = serializers.ListField(
        child=serializers.CharField(max_length=MAX_ARTIFACT_ID), required=False, max_length=100
    )


class RunIn(StartIn):
    """What is asked of a new run. `github_user_token` is kept nowhere."""

    mode = serializers.ChoiceField([str(mode) for mode in Mode], required=False)
    branch = _text(MAX_BRANCH)
    resume_from_run_id = serializers.UUIDField(required=False, allow_null=True)
    sandbox_environment_id = serializers.UUIDField(required=False, allow_null=True)
    pr_authorship_mode = _word(Authorship)
    run_source = _word(RunSource)
    signal_report_id = _text(255)
    runtime_adapter = _word(Adapter)
    model = _text(255)
    reasoning_effort = _word(Effort)
    github_user_token = _text(4096)
    initial_permission_mode = _word(_MODES)


class NewRunIn(RunIn):
    """A run that its maker runs, or starts later."""

    environment = serializers.ChoiceField([str(each) for each in Environment], required=False)


class RunChangeIn(serializers.Serializer[Any]):
    status = serializers.ChoiceField([str(status) for status in RunStatus], required=False)
    branch = _text(MAX_BRANCH)
    stage = _text(MAX_STAGE)
    output = serializers.JSONField(required=False, allow_null=True)
    state = serializers.DictField(required=False)
    state_remove_keys = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, allow_empty=False
    )
    error_message = _text(MAX_ERROR)
    environment = serializers.ChoiceField([str(Environment.LOCAL)], required=False)


class OutputIn(serializers.Serializer[Any]):
    output = serializers.JSONField(allow_null=True)


class ClaimIn(serializers.Serializer[Any]):
    runner = serializers.CharField(max_length=MAX_RUNNER, required=False, allow_blank=True)


class CommandIn(serializers.Serializer[Any]):
    jsonrpc = serializers.ChoiceField(["2.0"])
    method = serializers.ChoiceField(COMMANDS)
    params = serializers.DictField(required=False, allow_null=True)
    id = serializers.JSONField(required=False, allow_null=True)


class RelayIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MAX_RELAYED)


def run_request_in(body: Any) -> RunRequest:
    """Read what is asked of a run that a runner is to run. Raises ValidationError."""
    return _request(read(RunIn, body), Environment.CLOUD)


def new_run_in(body: Any) -> RunRequest:
    """Read what is asked of a run that its maker runs. Raises ValidationError."""
    return _request(read(NewRunIn, body), Environment.LOCAL)


def start_in(body: Any) -> dict[str, Any]:
    """Read what is said with a start. Raises ValidationError."""
    said = read(StartIn, body)
    return {
        "user_message": said.get("pending_user_message") or None,
        "artifact_ids": tuple(said.get("pending_user_artifact_ids") or ()),
    }


def run_change_in(body: Any) -> RunChange:
    """Read what is said of a run; what is left out stays. Raises ValidationError."""
    return RunChange(**read(RunChangeIn, body))


def output_in(body: Any) -> Any:
    """Read an output: `{"output": ...}`, or, as the published client sends it, the bare object.

    Raises ValidationError.
    """
    is_bare = isinstance(body, dict) and body and "output" not in body
    return body if is_bare else read(OutputIn, body)["output"]


def runner_in(body: Any) -> str:
    """Read what a runner calls itself. Raises ValidationError."""
    return str(read(ClaimIn, body).get("runner", ""))


def command_in(body: Any) -> tuple[Command, Any]:
    """Read a JSON-RPC call; returns it with its id. Raises ValidationError."""
    said = read(CommandIn, body)
    content = (said.get("params") or {}).get("content")
    return Command(method=said["method"], content=content), said.get("id")


def relayed_in(body: Any) -> str:
    """Read a text for the chat that a task came from. Raises ValidationError."""
    return str(read(RelayIn, body)["text"])


def fence_in(request: DialectRequest) -> int | None:
    """Read which claim a runner's write rests on; None where it names none. Raises Invalid."""
    text = request._request.headers.get(FENCE_HEADER)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise Invalid(Problem(FENCE_HEADER, "invalid_input", "A fence is a whole number."))
    return int(text)


def needed_fence_in(request: DialectRequest) -> int:
    """Read which claim is to be renewed. Raises Invalid: there is none."""
    fence = fence_in(request)
    if fence is None:
        raise Invalid(Problem(FENCE_HEADER, "required", "This header is required."))
    return fence


def connection_claims(principal: Principal, run: Any, seconds: int) -> dict[str, Any]:
    """Say what a connection token vouches for. It is no credential of this API: it has no row.

    seconds: how long it is good for.
    """
    issued_at = int(principal.at.timestamp())
    return {
        "aud": "tasktracker:run_connection",
        "sub": str(principal.user_id),
        "run_id": str(run.pk),
        "task_id": str(run.task_id),
        "project_id": run.project_id,
        "mode": "read_write",
        "iat": issued_at,
        "exp": issued_at + seconds,
    }


def _request(said: dict[str, Any], environment: Environment) -> RunRequest:
    """Rename what was said to the domain's words; null and blank texts count as not said."""
    artifact_ids = tuple(said.pop("pending_user_artifact_ids", None) or ())
    has_user_token = bool(said.pop("github_user_token", None))
    given = {_RENAMED.get(name, name): value for name, value in said.items() if value not in {None, ""}}
    return RunRequest(
        artifact_ids=artifact_ids,
        has_user_token=has_user_token,
        **{"environment": str(environment), **given},
    )
