"""Runs on the wire. Source: agents.md A.2, "TaskRun"; docs/dialects/agents.md, "Runners"."""

from typing import Any, Final

import orjson
from rest_framework import serializers

from tasks.queries.runs import ShownRun
from tasks.rules.run_requests import PROVIDERS, Adapter, Effort
from tasks.rules.runs import Environment, RunStatus
from tasktracker.dialects.agents.shapes.artifacts import ArtifactOut, artifact_out
from tasktracker.dialects.agents.shapes.log_addresses import log_address
from tasktracker.dialects.agents.shapes.moments import moment, moment_or_none
from tasktracker.dialects.agents.shapes.pages import PageOut

_ADAPTERS: Final = [str(adapter) for adapter in Adapter]
_EFFORTS: Final = [str(effort) for effort in Effort]


class RunOut(serializers.Serializer[Any]):
    """For the OpenAPI document; run_out() writes it."""

    id = serializers.UUIDField()
    task = serializers.UUIDField()
    stage = serializers.CharField(allow_null=True)
    branch = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField([str(status) for status in RunStatus])
    environment = serializers.ChoiceField([str(environment) for environment in Environment])
    runtime_adapter = serializers.ChoiceField(_ADAPTERS, allow_null=True)
    provider = serializers.ChoiceField(sorted(PROVIDERS.values()), allow_null=True)
    model = serializers.CharField(allow_null=True)
    reasoning_effort = serializers.ChoiceField(_EFFORTS, allow_null=True)
    log_url = serializers.URLField(allow_null=True)
    error_message = serializers.CharField(allow_null=True)
    output = serializers.JSONField(allow_null=True)
    state = serializers.DictField()
    artifacts = ArtifactOut(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)


class RunPageOut(PageOut):
    results = RunOut(many=True)


def run_out(shown: ShownRun) -> dict[str, Any]:
    """Write a run with its manifest."""
    run = shown.run
    state = orjson.loads(run.state)
    adapter = _word(state, "runtime_adapter", _ADAPTERS)
    return {
        "id": str(run.pk),
        "task": str(run.task_id),
        "stage": run.stage,
        "branch": run.branch,
        "status": run.status,
        "environment": run.environment,
        "runtime_adapter": adapter,
        "provider": PROVIDERS[adapter] if adapter else None,
        "model": _word(state, "model"),
        "reasoning_effort": _word(state, "reasoning_effort", _EFFORTS),
        "log_url": log_address(run) if run.log_count else None,
        "error_message": run.error_message,
        "output": None if run.output is None else orjson.Fragment(run.output),
        "state": orjson.Fragment(run.state),
        "artifacts": [artifact_out(entry) for entry in shown.manifest],
        "created_at": moment(run.created_at),
        "updated_at": moment(run.updated_at),
        "completed_at": moment_or_none(run.completed_at),
    }


def _word(state: dict[str, Any], name: str, known: list[str] | None = None) -> str | None:
    """Read a word out of a state, which clients may write what they like into."""
    value = state.get(name)
    is_word = isinstance(value, str) and (known is None or value in known)
    return value if is_word else None
