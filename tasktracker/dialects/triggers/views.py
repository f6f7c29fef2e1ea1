"""The two calls of triggers. Both look the task up first (404), then check the scope (403)."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema

from tasks.operations import lifecycle
from tasktracker.core.ids import parse_id
from tasktracker.dialects.triggers.dialect import TRIGGERS
from tasktracker.http.dialect import DialectRequest, DialectView, Limit
from tasktracker.http.renderers import empty_answer

_DONE = {200: OpenApiResponse(description="Done. The body is empty.")}


class TriggerTask(DialectView):
    dialect = TRIGGERS
    limits = (Limit("trigger"),)

    @extend_schema(request=None, responses=_DONE, summary="Trigger a task")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Make a new pending occurrence (an older pending one becomes missed) and call the webhooks."""
        lifecycle.trigger_task(principal=request.principal, task_id=parse_id(task_id), at=request.at)
        return empty_answer()


class CompleteTask(DialectView):
    dialect = TRIGGERS
    limits = (Limit("complete"),)

    @extend_schema(request=None, responses=_DONE, summary="Complete a task")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Complete the newest pending occurrence, or make a completed one, and call the webhooks."""
        lifecycle.complete_task(principal=request.principal, task_id=parse_id(task_id), at=request.at)
        return empty_answer()
