"""Runs of a task: made, started, changed by whoever works on them, resumed, cancelled.

Which runner gets a run is run_queue.py, what it writes to its log run_logs.py. Source: agents.md A.5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from accounts.rules.principal import Principal
from tasks.models import Brief, Run, Task
from tasks.operations.artifacts import attach_staged
from tasks.operations.briefs import ensure_brief
from tasks.operations.run_moves import enqueue_run, follow_run, held_run, move_run
from tasks.queries.tasks import locked, visible_to
from tasks.rules.output_schemas import output_problem
from tasks.rules.run_requests import (
    MAX_JSON_BYTES,
    Authorship,
    Mode,
    RunRequest,
    inherited,
    merged_output,
    merged_state,
    runtime_problems,
)
from tasks.rules.run_states import is_over
from tasks.rules.runs import Environment, RunStatus
from tasktracker.core.errors import Invalid, Problem, RuleBroken
from tasktracker.core.failpoints import failpoint
from tasktracker.core.unset import UNSET, Unset


class InvalidResume(RuleBroken):
    """The run to carry on is none of this task."""

    code = "invalid_resume"
    default_message = "Invalid resume_from_run_id"


class InvalidSandbox(RuleBroken):
    """There are no sandbox environments here, so that none can be named."""

    code = "invalid_sandbox"
    default_message = "Invalid sandbox_environment_id"


class AuthorshipRefused(Invalid):
    """Somebody else's pull request cannot be opened in the caller's name without a token of theirs."""

    def __init__(self) -> None:
        detail = "Connect GitHub or send github_user_token to open pull requests as yourself."
        super().__init__(Problem("pr_authorship_mode", "github_authorization_required", detail))


class NotCloud(RuleBroken):
    """A local run is started where it is."""

    code = "not_cloud"
    default_message = "Only cloud runs can be started via this endpoint"


class CannotStart(RuleBroken):
    """The run has been started before."""

    code = "cannot_start"

    def __init__(self, status: str) -> None:
        super().__init__(f"Only queued or not_started cloud runs can be started (current status: {status})")


class AlreadyActive(RuleBroken):
    """The run is in the queue, or a runner has it."""

    code = "already_active"
    default_message = "Run is already active in cloud"


class OutputRefused(RuleBroken):
    """The output is not what the task's schema asks for."""

    code = "output_refused"

    def __init__(self, problem: str) -> None:
        super().__init__(f"Output validation error: {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """What is said of a run; what is UNSET stays. state_remove_keys: taken out before `state` is put in."""

    status: str | Unset = UNSET
    branch: str | Unset | None = UNSET
    stage: str | Unset | None = UNSET
    output: Any = UNSET
    state: Mapping[str, Any] | Unset = UNSET
    state_remove_keys: Sequence[str] = ()
    error_message: str | Unset | None = UNSET
    environment: str | Unset = UNSET


def start_run(*, principal: Principal, task_id: UUID, request: RunRequest, at: datetime) -> Run:
    """Make a run of a task and queue it for a runner; its staged files go with it. Event: run.queued.

    Raises NotFound, Invalid (runtime_problems, AuthorshipRefused), InvalidResume, InvalidSandbox,
    MissingArtifacts; nothing is made then.
    """
    with transaction.atomic():
        task = locked(principal, task_id)
        ensure_brief(task)
        run = _make(task, request, principal, at, queued_at=at)
        attach_staged(task=task, run=run, ids=request.artifact_ids, at=at)
        follow_run(task, run, principal=principal, at=at)
        enqueue_run(task, run, at=at)
        failpoint("run.before_commit")
    return run


def create_run(*, principal: Principal, task_id: UUID, request: RunRequest, at: datetime) -> Run:
    """Make a run that its maker runs, or will start once its files are uploaded. No runner gets it before.

    Raises as start_run().
    """
    with transaction.atomic():
        task = locked(principal, task_id)
        ensure_brief(task)
        run = _make(task, request, principal, at, queued_at=None)
        attach_staged(task=task, run=run, ids=request.artifact_ids, at=at)
        follow_run(task, run, principal=principal, at=at)
    return run


def start_made_run(
    *,
    principal: Principal,
    task_id: UUID,
    run_id: UUID,
    user_message: str | None = None,
    artifact_ids: Sequence[str] = (),
    at: datetime,
) -> Run:
    """Queue a cloud run that was made before. Event: run.queued, unless it was in the queue.

    Raises NotFound, NotCloud, CannotStart, MissingArtifacts.
    """
    with transaction.atomic():
        task, run = held_run(principal=principal, task_id=task_id, run_id=run_id)
        if run.environment != Environment.CLOUD:
            raise NotCloud
        if run.status not in {RunStatus.NOT_STARTED, RunStatus.QUEUED}:
            raise CannotStart(run.status)
        was_waiting = run.status == RunStatus.QUEUED and run.queued_at is not None
        attach_staged(task=task, run=run, ids=artifact_ids, at=at)
        said = RunRequest(user_message=user_message, artifact_ids=tuple(artifact_ids)).state()
        state = _text_of("state", {**_state(run), **said, "mode": _state(run).get("mode", Mode.BACKGROUND)})
        queued_at = run.queued_at if was_waiting else at
        move_run(task, run, "start", principal=principal, at=at, state=state, queued_at=queued_at)
        if not was_waiting:
            enqueue_run(task, run, at=at)
    return run


def edit_run(
    *,
    principal: Principal,
    task_id: UUID,
    run_id: UUID,
    change: RunChange,
    fence: int | None = None,
    at: datetime,
) -> Run:
    """Change what is said of a run. `output` and `state` are merged one level deep; any status may follow.

    Raises NotFound, StaleFence, Invalid (output or state is too large).
    """
    with transaction.atomic():
        task, run = held_run(principal=principal, task_id=task_id, run_id=run_id, fence=fence)
        columns = _columns(run, change)
        if columns.get("environment") == Environment.LOCAL != run.environment and run.lease_until:
            columns |= {"lease_until": None, "fence": run.fence + (0 if fence is not None else 1)}
        event = run.status if isinstance(change.status, Unset) else change.status
        move_run(task, run, event, principal=principal, at=at, is_holder=fence is not None, **columns)
        failpoint("edit_run.before_commit")
    return run


def set_output(
    *,
    principal: Principal,
    task_id: UUID,
    run_id: UUID,
    output: Any,
    fence: int | None = None,
    at: datetime,
) -> Run:
    """Replace a run's output. Where the task has a schema it must fit, and the run is completed by it.

    Raises NotFound, StaleFence, OutputRefused, Invalid (too large).
    """
    while True:
        schema = _schema_of(principal, task_id)
        problem = output_problem(orjson.loads(schema), output) if schema else None
        if problem:  # found outside the transaction: it may take half a second
            raise OutputRefused(problem)
        with transaction.atomic():
            task, run = held_run(principal=principal, task_id=task_id, run_id=run_id, fence=fence)
            if _schema_of(principal, task_id) == schema:
                event = str(RunStatus.COMPLETED) if schema else run.status
                text = _text_of("output", output)
                is_holder = fence is not None
                move_run(task, run, event, principal=principal, at=at, is_holder=is_holder, output=text)
                return run


def resume_run(*, principal: Principal, task_id: UUID, run_id: UUID, at: datetime) -> Run:
    """Hand a run over to the cloud: it is queued again, as if it had not ended. Event: run.queued.

    Raises NotFound, AlreadyActive.
    """
    with transaction.atomic():
        task, run = held_run(principal=principal, task_id=task_id, run_id=run_id)
        if run.environment == Environment.CLOUD and run.status in {RunStatus.QUEUED, RunStatus.IN_PROGRESS}:
            raise AlreadyActive
        state = {**_state(run), "handoff_resumed": True, "mode": str(Mode.INTERACTIVE)}
        move_run(
            task,
            run,
            "resume",
            principal=principal,
            at=at,
            environment=str(Environment.CLOUD),
            state=_text_of("state", state),
            completed_at=None,
            error_message=None,
            hand_backs=0,
            queued_at=at,
        )
        enqueue_run(task, run, at=at)
    return run


def cancel_run(*, principal: Principal, task_id: UUID, run_id: UUID, at: datetime) -> tuple[Run, bool]:
    """Cancel a run that is not over: its runner's next write is refused. Returns it, and whether it was open.

    Raises NotFound.
    """
    with transaction.atomic():
        task, run = held_run(principal=principal, task_id=task_id, run_id=run_id)
        if is_over(run.status):
            return run, False
        move_run(task, run, "cancel", principal=principal, at=at)
    return run, True


def _schema_of(principal: Principal, task_id: UUID) -> str | None:
    reached = visible_to(principal).filter(pk=task_id)
    return Brief.objects.filter(task__in=reached).values_list("json_schema", flat=True).first()


# --- made ---------------------------------------------------------------------------------------------------
def _make(
    task: Task, request: RunRequest, principal: Principal, at: datetime, *, queued_at: datetime | None
) -> Run:
    problem = next(runtime_problems(request), None)
    if problem:
        raise Invalid(problem)
    is_own = principal.user_id == task.owner_id or request.has_user_token
    if request.authorship == Authorship.USER and not is_own:
        raise AuthorshipRefused
    if request.sandbox_environment_id is not None:
        raise InvalidSandbox
    earlier = _earlier(task, request.resume_from_run_id)
    state = request.state() if earlier is None else inherited(request.state(), _state(earlier))
    return Run.objects.create(
        task=task,
        project_id=task.project_id,
        creator_id=principal.user_id,
        status=str(RunStatus.QUEUED),
        environment=request.environment,
        branch=request.branch,
        state=_text_of("state", state) or "{}",
        resume_from=earlier,
        queued_at=queued_at,
        created_at=at,
        updated_at=at,
    )


def _earlier(task: Task, run_id: UUID | None) -> Run | None:
    """Find the run of the same task that is carried on."""
    if run_id is None:
        return None
    run = Run.objects.filter(pk=run_id, task=task).first()
    if run is None:
        raise InvalidResume
    return run


# --- changed ------------------------------------------------------------------------------------------------
def _columns(run: Run, change: RunChange) -> dict[str, Any]:
    """Say which columns a change sets, and to what."""
    columns = {
        name: value
        for name in ("branch", "stage", "error_message", "environment")
        if (value := getattr(change, name)) is not UNSET
    }
    if change.output is not UNSET:
        was = None if run.output is None else orjson.loads(run.output)
        columns["output"] = _text_of("output", merged_output(was, change.output))
    if change.state_remove_keys or not isinstance(change.state, Unset):
        said = {} if isinstance(change.state, Unset) else change.state
        columns["state"] = _text_of("state", merged_state(_state(run), said, change.state_remove_keys))
    return columns


def _state(run: Run) -> dict[str, Any]:
    state: dict[str, Any] = orjson.loads(run.state)
    return state


def _text_of(field: str, value: Any) -> str | None:
    """Write free JSON as it is stored; nothing for null. Raises Invalid (too large)."""
    if value is None:
        return None
    text = orjson.dumps(value)
    if len(text) > MAX_JSON_BYTES:
        raise Invalid(Problem(field, "max_length", "This is larger than 256 KiB."))
    return text.decode()
