"""What receivers are told: the exact text of a webhook's body, and a task as those who watch it run see it.

Signatures stand in signatures.py; whom to tell is decided in operations.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils.duration import duration_string

from tasks.rules.progress import Tracked


def task_url(base_url: str, task_id: UUID) -> str:
    """Return the address of a task's page."""
    return f"{base_url}/tasks/{task_id}"


def task_body(*, task_id: UUID, title: str, base_url: str) -> dict[str, str]:
    """Write a task as events name it."""
    return {"id": str(task_id), "name": title, "url": task_url(base_url, task_id)}


def task_payload(*, event: str, task_id: UUID, title: str, base_url: str, at: datetime) -> str:
    """Write the body of a task event: these keys and no others, the same text on every attempt.

    at: when the event happened, aware. Source: triggers.md C.5, NS-02; README.md, "Webhook subscriptions".
    """
    body = {
        "event": event,
        "task": task_body(task_id=task_id, title=title, base_url=base_url),
        "delivered_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
    }
    return orjson.dumps(body).decode()


def run_payload(*, event: str, task: Mapping[str, str], run: Mapping[str, Any], at: datetime) -> str:
    """Write the body of an event of a run: that of a task event, with the run beside the task."""
    body = {
        "event": event,
        "task": task,
        "run": run,
        "delivered_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
    }
    return orjson.dumps(body).decode()


def progress_url(base_url: str, organization_slug: str, task_id: UUID) -> str:
    """Return the address of a task's page as progress names it."""
    return f"{base_url}/a/{organization_slug}/tasks/{task_id}/"


def public_url(base_url: str, task_id: UUID) -> str:
    """Return the address at which everybody sees a task's status and progress."""
    return f"{base_url}/public/tasks/{task_id}/"


def progress_body(task: Tracked, *, base_url: str) -> dict[str, Any]:
    """Write a task with its progress. Source: progress.md B2; receivers of actions get the same (B5)."""
    return {
        "id": str(task.id),
        "organization": task.organization_slug,
        "project": task.project_slug,
        "name": task.title,
        "status": task.word,
        "value": task.value,
        "value_max": task.value_max,
        "value_percent": task.percent,
        "data": None if task.data is None else orjson.Fragment(task.data),
        "tags": dict(task.tags),
        "start_time": moment_text(task.start_time),
        "end_time": moment_text(task.end_time if task.has_facet else task.completed_at),
        "time_to_start": None if task.time_to_start is None else duration_string(task.time_to_start),
        "max_runtime": task.max_runtime,
        "stale_timeout": task.stale_timeout,
        "queue": task.queue,
        "external_id": task.external_id,
        "parent": None if task.parent_id is None else str(task.parent_id),
        "created": moment_text(task.created_at),
        "updated": moment_text(task.updated_at),
        "url": progress_url(base_url, task.organization_slug, task.id),
        "public_url": public_url(base_url, task.id),
    }


def action_payload(task: Tracked, *, action: dict[str, Any], point: str, base_url: str) -> str:
    """Write what a webhook gets from an action: the task, which action it was, and the point it fired at."""
    body = {**progress_body(task, base_url=base_url), "action": action, "point": point}
    return orjson.dumps(body).decode()


def monitor_payload(*, event: str, monitor: dict[str, Any], at: datetime) -> str:
    """Write what a webhook gets of a monitor whose run is missing or late."""
    return orjson.dumps({"event": event, "monitor": monitor, "at": moment_text(at)}).decode()


def moment_text(moment: datetime | None) -> str | None:
    """Write an instant as ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
