"""The one way a run's status changes, and what follows: its task's status, webhooks, notes to devices.

Who may ask for a change, and what else is written with it, stands with the operations that ask.
Lock order: task, run.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.rules.principal import Principal
from tasks.models import Run, Task
from tasks.operations.events import announce_run
from tasks.operations.following import follow_status
from tasks.operations.moves import TaskArchived
from tasks.operations.pushes import push_run_news
from tasks.operations.reporting import report_status
from tasks.queries.tasks import locked
from tasks.rules.binding import StakeBinds, is_final
from tasks.rules.run_states import END_EVENTS, END_NEWS, RUN, TASK_STATUS, is_over
from tasks.rules.runs import RunStatus
from tasks.rules.vocabulary import Event, Status
from tasktracker.core.errors import Conflict, NotFound
from tasktracker.core.states import StateConflict, advance


class StaleFence(Conflict):
    """The run was given to another runner since, or taken from this one."""

    code = "conflict"
    default_message = "This run was handed to another runner, or ended, since you claimed it."


def held_run(
    *, principal: Principal, task_id: UUID, run_id: UUID, fence: int | None = None
) -> tuple[Task, Run]:
    """Lock a task that the caller reaches, then a run of it. Inside a transaction.

    fence: what a runner was given with its claim; None = the caller has none to show.
    Raises NotFound, StaleFence.
    """
    task = locked(principal, task_id)
    run = Run.objects.select_for_update().order_by().filter(pk=run_id, task=task).first()
    if run is None:
        raise NotFound
    require_fence(run, fence)
    return task, run


def require_fence(run: Run, fence: int | None) -> None:
    """Refuse a write by whoever held the run before (P24). Raises StaleFence."""
    if fence is not None and fence != run.fence:
        raise StaleFence


def move_run(
    task: Task,
    run: Run,
    event: str,
    *,
    principal: Principal,
    at: datetime,
    is_holder: bool = False,
    **changes: Any,
) -> None:
    """Move a locked run of a locked task along its table, and let everything follow.

    is_holder: the one who asks holds the lease. Anybody else who ends the work under a lease ends the lease
    too: its holder's next write is refused. changes: other columns to set with it.
    Raises StateConflict; nothing is changed then.
    """
    was, will_be = run.status, RUN[event][1]
    changes = {**_moments(run, will_be, at), **_lease(run, will_be, is_holder=is_holder), **changes}
    advance(run, RUN, event, at, **changes)
    if was != will_be:
        follow_run(task, run, principal=principal, at=at)


def enqueue_run(task: Task, run: Run, *, at: datetime) -> None:
    """Tell that a run waits for a runner now. Its queued_at is set by whoever put it there."""
    announce_run(task, run, Event.RUN_QUEUED, at=at)


def follow_run(task: Task, run: Run, *, principal: Principal, at: datetime) -> None:
    """Let a task follow the status that its run has now, and tell of a run's end.

    Only the newest run speaks for its task. Source: README.md of the contract, "Runs".
    """
    newest = Run.objects.filter(task=task).order_by("-created_at", "-id").values_list("pk", flat=True)
    status = TASK_STATUS.get(run.status)
    if status is not None and newest.first() == run.pk:
        _follow(task, status, principal, at)
    if is_over(run.status):
        announce_run(task, run, END_EVENTS[run.status], at=at)
        push_run_news(run=run, kind=END_NEWS[run.status], at=at)


def _follow(task: Task, status: Status, principal: Principal, at: datetime) -> None:
    """Move the task, unless its status is settled: then the run goes on without effect on it."""
    was = task.status
    is_settled = is_final(status=was, stake_cents=task.stake_cents, due_at=task.due_at, at=at)
    if was in {status, Status.EXPIRED} or is_settled:
        return
    try:
        report_status(task, status, principal=principal, at=at)
    except (StakeBinds, TaskArchived, StateConflict):
        return  # ruling "Expired or settled status never changes"; nothing was written
    follow_status(task, was=was, at=at)


def _moments(run: Run, will_be: str, at: datetime) -> dict[str, datetime]:
    """Say which of a run's moments this is; the first of each stays."""
    moments = {}
    if is_over(will_be) and run.completed_at is None:
        moments["completed_at"] = at
    if will_be == RunStatus.IN_PROGRESS and run.started_at is None:
        moments["started_at"] = at
    return moments


def _lease(run: Run, will_be: str, *, is_holder: bool) -> dict[str, Any]:
    """End the lease of a run whose work ends or begins anew.

    Whoever ends its own work may still bring the log and the files of it; anybody else's hold is void.
    """
    if run.lease_until is None or will_be == RunStatus.IN_PROGRESS:
        return {}
    is_kept = is_holder and is_over(will_be)
    return {"lease_until": None, "fence": run.fence + (0 if is_kept else 1)}
