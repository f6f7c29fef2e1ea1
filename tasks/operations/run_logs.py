"""Writing to a run's log, and messages to whoever works on it. Reading it is queries/run_logs.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from accounts.rules.principal import Principal
from tasks.models import LogChunk, Run
from tasks.operations.run_moves import require_fence
from tasks.queries.tasks import visible_to
from tasks.rules.run_states import is_over
from tasks.rules.session_logs import MAX_BYTES, user_message_entry
from tasktracker.core.errors import Invalid, NotFound, Problem, RuleBroken


class LogFull(Invalid):
    """The log has as much as a log may have."""

    def __init__(self) -> None:
        detail = f"The log of this run is full: it has {MAX_BYTES // 2**20} MiB at most."
        super().__init__(Problem("entries", "max_length", detail))


class NoSandbox(RuleBroken):
    """Nobody is there who could do this now."""

    code = "no_sandbox"
    default_message = "No active sandbox for this task run"


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of whoever works on a run, by its method's name."""

    method: str
    content: Any = None


def append_log(
    *,
    principal: Principal,
    task_id: UUID,
    run_id: UUID,
    entries: Sequence[Any],
    key: UUID | None = None,
    fence: int | None = None,
    at: datetime,
) -> None:
    """Append entries to a run's log, in this order. A run that is over takes them too.

    entries: at least one. key: the caller's name for this call; the same one again appends nothing.
    Raises NotFound, StaleFence, LogFull.
    """
    with transaction.atomic():
        run = _held(principal, task_id, run_id)
        require_fence(run, fence)
        if key is None or not LogChunk.objects.filter(run=run, key=key).exists():
            _append(run, entries, key, at)


def command_run(*, principal: Principal, task_id: UUID, run_id: UUID, command: Command, at: datetime) -> None:
    """Pass a message on to whoever works on a run: they find it in its log.

    Anything else needs somebody at work who listens. Raises NotFound, NoSandbox, LogFull.
    """
    with transaction.atomic():
        run = _held(principal, task_id, run_id)
        if command.method != "user_message" or is_over(run.status):
            raise NoSandbox
        _append(run, [user_message_entry(command.content, at=at)], None, at)


def _held(principal: Principal, task_id: UUID, run_id: UUID) -> Run:
    """Lock a run of a task that the caller reaches; the task itself stays free."""
    reached = visible_to(principal).filter(pk=task_id).order_by()
    run = Run.objects.filter(pk=run_id, task__in=reached).order_by().select_for_update().first()
    if run is None:
        raise NotFound
    return run


def _append(run: Run, entries: Sequence[Any], key: UUID | None, at: datetime) -> None:
    text = b"\n".join(orjson.dumps(entry) for entry in entries)
    if run.log_bytes + len(text) > MAX_BYTES:
        raise LogFull
    LogChunk.objects.create(
        run=run, first=run.log_count, count=len(entries), text=text.decode(), key=key, created_at=at
    )
    run.log_count += len(entries)
    run.log_bytes += len(text)
    run.updated_at = at
    run.save(update_fields=["log_count", "log_bytes", "updated_at"])
