"""What receivers are told: the exact text of a webhook's body.

Signatures stand in signatures.py; whom to tell is decided in operations.
"""

from datetime import UTC, datetime
from uuid import UUID

import orjson


def task_url(base_url: str, task_id: UUID) -> str:
    """Return the address of a task's page."""
    return f"{base_url}/tasks/{task_id}"


def task_payload(*, event: str, task_id: UUID, title: str, base_url: str, at: datetime) -> str:
    """Write the body of a task event: these keys and no others, the same text on every attempt.

    at: when the event happened, aware. Source: triggers.md C.5, NS-02; README.md, "Webhook subscriptions".
    """
    body = {
        "event": event,
        "task": {"id": str(task_id), "name": title, "url": task_url(base_url, task_id)},
        "delivered_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
    }
    return orjson.dumps(body).decode()
