"""The logs of runs: appended to, read, watched. Source: agents.md A.5."""

from collections.abc import Iterator
from functools import partial

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from tasks.operations import run_logs, run_streams
from tasks.queries.run_logs import log_page, log_text, logged_run
from tasks.queries.runs import run_of
from tasktracker.core.errors import NotFound
from tasktracker.core.ids import parse_id
from tasktracker.dialects.agents.dialect import AGENTS
from tasktracker.dialects.agents.shapes import run_logs as asked
from tasktracker.dialects.agents.shapes.log_addresses import is_log_address
from tasktracker.dialects.agents.shapes.run_requests import fence_in
from tasktracker.dialects.agents.shapes.runs import RunOut, run_out
from tasktracker.dialects.agents.views.runs import FENCE
from tasktracker.dialects.agents.views.scoped import ProjectView
from tasktracker.http.dialect import DialectRequest, DialectView, Limit
from tasktracker.http.renderers import json_answer
from tasktracker.http.streams import EVENT_STREAM, EventStream

_LINES = OpenApiResponse(OpenApiTypes.STR, "One JSON object a line.")
_KEY = OpenApiParameter(
    asked.CALL_HEADER,
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="Your name for this call: sent again, it appends nothing.",
)


class AppendLog(ProjectView):
    @extend_schema(
        parameters=[FENCE, _KEY], request=asked.EntriesIn, responses=RunOut, summary="Append to a run's log"
    )
    def post(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        principal, wanted_id, wanted_run_id = request.principal, parse_id(task_id), parse_id(run_id)
        run_logs.append_log(
            principal=principal,
            task_id=wanted_id,
            run_id=wanted_run_id,
            entries=asked.entries_in(request.data),
            key=asked.call_key_in(request),
            fence=fence_in(request),
            at=request.at,
        )
        return json_answer(run_out(run_of(principal, wanted_id, wanted_run_id)))


class Logs(ProjectView):
    @extend_schema(responses={(200, asked.JSON_LINES): _LINES}, summary="Read a run's log")
    def get(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponseBase:
        """After the logs of the runs that it carries on, the oldest first."""
        return _lines(log_text(run_of(request.principal, parse_id(task_id), parse_id(run_id)).run))


class LogFile(DialectView):
    """What `log_url` of a run leads to: whoever has the address may read."""

    dialect = AGENTS
    schemes = ()
    limits = (Limit("documents", by="address"),)

    @extend_schema(exclude=True)
    def get(self, request: DialectRequest, run_id: str, **_: str) -> HttpResponseBase:
        wanted_id = parse_id(run_id)
        proof = request.query.text("expires") or "", request.query.text("signature") or ""
        if not is_log_address(wanted_id, *proof):
            raise NotFound
        return _lines(log_text(logged_run(wanted_id)))


class SessionLogs(ProjectView):
    @extend_schema(
        parameters=asked.LOG_PARAMETERS, responses=OpenApiTypes.OBJECT, summary="Read entries of a run's log"
    )
    def get(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponse:
        shown = run_of(request.principal, parse_id(task_id), parse_id(run_id))
        body, headers = asked.log_page_out(log_page(shown.run, **asked.log_query_in(request.query)))
        return HttpResponse(body, content_type="application/json", headers=headers)


class Stream(ProjectView):
    @extend_schema(
        parameters=asked.STREAM_PARAMETERS,
        responses={(200, EVENT_STREAM): OpenApiResponse(OpenApiTypes.STR, "Server-sent events.")},
        summary="Watch a run",
    )
    def get(self, request: DialectRequest, task_id: str, run_id: str, **_: str) -> HttpResponseBase:
        """Ends within 25 seconds; come back with `Last-Event-ID`. Two at a time for an account."""
        run = run_of(request.principal, parse_id(task_id), parse_id(run_id)).run
        start = asked.stream_start_in(request, latest=run.log_count)
        holder = run_streams.open_place(request.principal)
        events = asked.events_out(run_streams.watch_run(run.pk, start=start))
        return EventStream(events, at_end=partial(run_streams.close_place, holder))


def _lines(pieces: Iterator[str]) -> StreamingHttpResponse:
    return StreamingHttpResponse(pieces, content_type=asked.JSON_LINES, headers={"Cache-Control": "no-cache"})
