"""Runs on the wire. Source: agents.md A.2, "TaskRun"."""

from typing import Any, Final

import orjson
from django.conf import settings
from rest_framework import serializers

from tasks.queries.runs import ShownRun
from tasks.rules.runs import Environment, RunStatus
from tasktracker.dialects.agents.shapes.artifacts import ArtifactOut, artifact_out
from tasktracker.dialects.agents.shapes.moments import moment, moment_or_none

PROVIDERS: Final = {"claude": "anthropic", "codex": "openai"}
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")


class RunOut(serializers.Serializer[Any]):
    """For the OpenAPI document; run_out() writes it."""

    id = serializers.UUIDField()
    task = serializers.UUIDField()
    stage = serializers.CharField(allow_null=True)
    branch = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField([str(status) for status in RunStatus])
    environment = serializers.ChoiceField([str(environment) for environment in Environment])
    runtime_adapter = serializers.ChoiceField(tuple(PROVIDERS), allow_null=True)
    provider = serializers.ChoiceField(tuple(PROVIDERS.values()), allow_null=True)
    model = serializers.CharField(allow_null=True)
    reasoning_effort = serializers.ChoiceField(EFFORTS, allow_null=True)
    log_url = serializers.URLField()
    error_message = serializers.CharField(allow_null=True)
    output = serializers.JSONField(allow_null=True)
    state = serializers.JSONField()
    artifacts = ArtifactOut(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)


def run_out(shown: ShownRun) -> dict[str, Any]:
    """Write a run with its manifest."""
    run = shown.run
    state = orjson.loads(run.state)
    adapter = state.get("runtime_adapter")
    return {
        "id": str(run.pk),
        "task": str(run.task_id),
        "stage": run.stage,
        "branch": run.branch,
        "status": run.status,
        "environment": run.environment,
        "runtime_adapter": adapter,
        "provider": PROVIDERS.get(adapter),
        "model": state.get("model"),
        "reasoning_effort": state.get("reasoning_effort"),
        "log_url": log_url(shown),
        "error_message": run.error_message,
        "output": None if run.output is None else orjson.Fragment(run.output),
        "state": orjson.Fragment(run.state),
        "artifacts": [artifact_out(entry) for entry in shown.manifest],
        "created_at": moment(run.created_at),
        "updated_at": moment(run.updated_at),
        "completed_at": moment_or_none(run.completed_at),
    }


def log_url(shown: ShownRun) -> str:
    """Say where the log of a run can be read."""
    run = shown.run
    path = f"/api/projects/{run.project_id}/tasks/{run.task_id}/runs/{run.pk}/logs/"
    return f"{settings.TASKTRACKER_BASE_URL}{path}"
