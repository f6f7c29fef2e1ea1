"""What devices are told of a run, in which words and how often. Source: agents.md A.7."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson

from tasks.rules.runs import PushKind

COOL_DOWNS: Final[Mapping[PushKind, timedelta]] = {
    PushKind.COMPLETED: timedelta(seconds=600),
    PushKind.FAILED: timedelta(seconds=600),
    PushKind.CANCELLED: timedelta(seconds=600),
    PushKind.AWAITING_INPUT: timedelta(seconds=30),
}
USEFUL_FOR: Final = timedelta(hours=4)  # a push that could not be sent by then is dropped
TITLE: Final = "Task Tracker"
_ENDINGS: Final[Mapping[PushKind, str]] = {
    PushKind.COMPLETED: "finished",
    PushKind.FAILED: "failed",
    PushKind.CANCELLED: "was cancelled",
    PushKind.AWAITING_INPUT: "needs your input",
}


def push_payload(kind: PushKind, *, title: str, task_id: UUID, run_id: UUID) -> str:
    """Write what a device is told: the same text for every push service."""
    body = {
        "title": TITLE,
        "body": f'"{title.strip() or "Untitled task"}" {_ENDINGS[kind]}',
        "data": {"taskId": str(task_id), "taskRunId": str(run_id)},
    }
    return orjson.dumps(body).decode()
