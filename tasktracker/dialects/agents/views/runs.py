"""Runs, below /api/projects/:project_id/tasks/:task_id, and the queue of a project."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from accounts.rules.personal_keys import WRITE
from tasks.operations import run_logs, run_queue, runs
from tasks.queries.briefs import briefed_task
from tasks.queries.runs import run_of, run_page, shown_run
from tasktracker.core.ids import parse_id
from tasktracker.dialects.agents.shapes import run_requests as asked
from tasktracker.dialects.agents.shapes.leases import ClaimOut, LeaseOut, lease_out
from tasktracker.dialects.agents.shapes.pages import PAGE_PARAMETERS, page_out, window_in
from tasktracker.dialects.agents.shapes.runs import RunOut, RunPageOut, run_out
from tasktracker.dialects.agents.shapes.tasks import TaskOut, task_out
from tasktracker.dialects.agents.views.scoped import ProjectView
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.renderers import empty_answer, json_answer
from tasktracker.http.tokens import sign

FENCE = OpenApiParameter(
    asked.FENCE_HEADER, OpenApiTypes.INT, OpenApiParameter.HEADER, description="From the claim, for runners."
)
_CONNECTION_SECONDS = 24 * 3600


class StartRun(ProjectView):
    @extend_schema(request=asked.RunIn, responses=TaskOut, summary="Run a task")
    def post(self, request: DialectRequest, task_id: str, **_: str) -> HttpResponse:
        """Makes a run and queues it for a runner of the project; staged files go with it."""
        principal, wanted_id = request.principal, parse_id(task_id)
        request_ = asked.run_request_in(request.data)
        runs.start_run(principal=principal, task_id=wanted_id, request=request_, at=request.at)
        return json_answer(task_out(briefed_task(principal, wanted_id)))


class Runs(ProjectView):
    """The runs of a task."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=RunPageOut, summary="List runs")
    def get(self, request: DialectRequest, task_id: str, **_: str) -> HttpResponse:
        window = window_in(request.query)
        page = run_page(request.principal, parse_id(task_id), limit=window.limit, offset=window.offset)
        return json_answer(page_out(request, window, page.count, [run_out(run) for run in page.runs]))

    @extend_schema(request=asked.NewRunIn, responses={201: RunOut}, summary="Make a run")
    def post(self, request: DialectRequest, task_id: str, **_: str) -> HttpResponse:
        """A local one by default. No runner gets a cloud one before it is started."""
        run = runs.create_run(
            principal=request.principal,
            task_id=parse_id(task_id),
            request=asked.new_run_in(request.data),
            at=request.at,
        )
        return json_answer(run_out(shown_run(run)), status=201)


class Run(ProjectView):
    """One run."""

    @extend_schema(responses=RunOut, summary="Get a run")
    def get(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        return json_answer(run_out(run_of(request.principal, parse_id(task_id), parse_id(run_id))))

    @extend_schema(parameters=[FENCE], request=asked.RunChangeIn, responses=RunOut, summary="Report on a run")
    def patch(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """`output` and `state` are merged one level deep."""
        run = runs.edit_run(
            principal=request.principal,
            task_id=parse_id(task_id),
            run_id=parse_id(run_id),
            change=asked.run_change_in(request.data),
            fence=asked.fence_in(request),
            at=request.at,
        )
        return json_answer(run_out(shown_run(run)))


class StartMadeRun(ProjectView):
    @extend_schema(request=asked.StartIn, responses=TaskOut, summary="Start a cloud run made before")
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        principal, wanted_id = request.principal, parse_id(task_id)
        runs.start_made_run(
            principal=principal,
            task_id=wanted_id,
            run_id=parse_id(run_id),
            **asked.start_in(request.data),
            at=request.at,
        )
        return json_answer(task_out(briefed_task(principal, wanted_id)))


class CancelRun(ProjectView):
    @extend_schema(
        request=None,
        responses={202: RunOut, 200: OpenApiResponse(RunOut, "Over already")},
        summary="Cancel a run",
    )
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """Its runner hears of it with its next call."""
        run, was_open = runs.cancel_run(
            principal=request.principal, task_id=parse_id(task_id), run_id=parse_id(run_id), at=request.at
        )
        return json_answer(run_out(shown_run(run)), status=202 if was_open else 200)


class ResumeRun(ProjectView):
    @extend_schema(request=None, responses=RunOut, summary="Hand a run over to the cloud")
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        run = runs.resume_run(
            principal=request.principal, task_id=parse_id(task_id), run_id=parse_id(run_id), at=request.at
        )
        return json_answer(run_out(shown_run(run)))


class SetOutput(ProjectView):
    @extend_schema(parameters=[FENCE], request=asked.OutputIn, responses=RunOut, summary="Set a run's output")
    def patch(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """Replaces it. Where the task has a `json_schema` it must fit, and completes the run."""
        run = runs.set_output(
            principal=request.principal,
            task_id=parse_id(task_id),
            run_id=parse_id(run_id),
            output=asked.output_in(request.data),
            fence=asked.fence_in(request),
            at=request.at,
        )
        return json_answer(run_out(shown_run(run)))


class CommandRun(ProjectView):
    @extend_schema(request=asked.CommandIn, responses=OpenApiTypes.OBJECT, summary="Send a command to a run")
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """A `user_message` is put into the run's log, where whoever works on it finds it."""
        command, call_id = asked.command_in(request.data)
        run_logs.command_run(
            principal=request.principal,
            task_id=parse_id(task_id),
            run_id=parse_id(run_id),
            command=command,
            at=request.at,
        )
        return json_answer({"jsonrpc": "2.0", "result": {"queued": True}, "id": call_id})


class RelayMessage(ProjectView):
    @extend_schema(request=asked.RelayIn, responses=OpenApiTypes.OBJECT, summary="Relay a text to a chat")
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """Always `skipped`: no task comes from a chat."""
        asked.relayed_in(request.data)
        run_of(request.principal, parse_id(task_id), parse_id(run_id))
        return json_answer({"status": "skipped"})


class ConnectionToken(ProjectView):
    scope = WRITE

    @extend_schema(responses=OpenApiTypes.OBJECT, summary="Get a token that vouches for the caller to a run")
    def get(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """Signed with the server's key, good for 24 hours; no credential of this API."""
        shown = run_of(request.principal, parse_id(task_id), parse_id(run_id))
        claims = asked.connection_claims(request.principal, shown.run, _CONNECTION_SECONDS)
        return json_answer({"token": sign(claims)})


class ClaimRun(ProjectView):
    @extend_schema(
        request=asked.ClaimIn,
        responses={200: ClaimOut, 204: OpenApiResponse(description="Nothing waits.")},
        summary="Claim the oldest run that waits in the project",
    )
    def post(self, request: DialectRequest, **_: str) -> HttpResponse:
        """Send the `fence` as `X-Run-Fence` with every write, and renew the lease while you work."""
        principal, runner = request.principal, asked.runner_in(request.data)
        lease = run_queue.claim_run(principal=principal, runner_name=runner, at=request.at)
        if lease is None:
            return empty_answer(status=204)
        task = task_out(briefed_task(principal, lease.task_id))
        run = run_out(run_of(principal, lease.task_id, lease.run_id))
        return json_answer({**lease_out(lease), "task": task, "run": run})


class RenewLease(ProjectView):
    @extend_schema(parameters=[FENCE], request=None, responses=LeaseOut, summary="Renew a lease")
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        """409 tells that the run has ended, or is somebody else's by now."""
        lease = run_queue.renew_lease(
            principal=request.principal,
            task_id=parse_id(task_id),
            run_id=parse_id(run_id),
            fence=asked.needed_fence_in(request),
        )
        return json_answer(lease_out(lease))
