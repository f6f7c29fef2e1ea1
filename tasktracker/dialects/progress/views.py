"""The calls of progress. The key in front of them has settled whose tasks these are."""

from functools import cache
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from tasks.operations import actions, progress
from tasks.queries.actions import action_of, actions_of
from tasks.queries.progress import tracked_page, tracked_task
from tasktracker.core.ids import parse_id
from tasktracker.dialects.progress.dialect import PROGRESS
from tasktracker.dialects.progress.shapes.actions import (
    ActionIn,
    ActionOut,
    action_id_in,
    action_in,
    action_out,
    action_patch_in,
)
from tasktracker.dialects.progress.shapes.pages import TaskPageOut, cursor_in, page_out
from tasktracker.dialects.progress.shapes.tasks import (
    MONITOR_HEADER,
    TaskIn,
    TaskOut,
    monitor_in,
    replacement_in,
    report_in,
    task_out,
)
from tasktracker.http.dialect import DialectRequest, DialectView, Limit
from tasktracker.http.openapi import document
from tasktracker.http.renderers import empty_answer, json_answer

_GONE = {204: OpenApiResponse(description="Done. The body is empty.")}
_ACTION_ID = OpenApiParameter("action_id", OpenApiTypes.INT, OpenApiParameter.PATH)
_LIST = [
    OpenApiParameter("cursor", str, description="From `next` or `previous` of another page."),
    OpenApiParameter("page_size", int, description="1 to 1000; 100 when there is none."),
    OpenApiParameter("parent", OpenApiTypes.UUID, description="Only the sub-tasks of this task."),
]
_MONITOR = OpenApiParameter(
    MONITOR_HEADER, OpenApiTypes.UUID, OpenApiParameter.HEADER, description="Checks in with this monitor."
)


class TaskList(DialectView):
    """The project's tasks."""

    dialect = PROGRESS

    @extend_schema(parameters=_LIST, responses=TaskPageOut, summary="List tasks, newest first")
    def get(self, request: DialectRequest, org: str, project: str) -> HttpResponse:
        principal = request.principal
        project_id = principal.project_id or 0
        cursor = cursor_in(request.query, project_id)
        page = tracked_page(principal=principal, project_id=project_id, **cursor.window)
        return json_answer(page_out(page, cursor, project_id, f"/api/{org}/{project}/tasks/"))

    @extend_schema(parameters=[_MONITOR], request=TaskIn, responses={201: TaskOut}, summary="Make a task")
    def post(self, request: DialectRequest, **_place: str) -> HttpResponse:
        task = progress.track_task(
            principal=request.principal,
            said=report_in(request.data, is_partial=False),
            monitor_id=monitor_in(request._request),
            at=request.at,
        )
        return json_answer(task_out(task), status=201)


class TaskDetail(DialectView):
    """One task."""

    dialect = PROGRESS

    @extend_schema(responses=TaskOut, summary="Get a task")
    def get(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        return json_answer(task_out(tracked_task(request.principal, parse_id(task_id))))

    @extend_schema(request=TaskIn, responses=TaskOut, summary="Replace what is said of a task")
    def put(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        """A status that is left out becomes `pending`; everything else that is left out stays."""
        return self._report(request, task_id, replacement_in(request.data))

    @extend_schema(request=TaskIn, responses=TaskOut, summary="Report on a task")
    def patch(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        """`data` is replaced, `tags` are added by name, `actions` are added. `{}` is a heartbeat."""
        return self._report(request, task_id, report_in(request.data, is_partial=True))

    @extend_schema(request=TaskIn, responses=TaskOut, summary="Report on a task (alias of PATCH)")
    def post(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        return self._report(request, task_id, report_in(request.data, is_partial=True))

    @extend_schema(responses=_GONE, summary="Cancel a task")
    def delete(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        progress.cancel_tracked(principal=request.principal, task_id=parse_id(task_id), at=request.at)
        return empty_answer(status=204)

    def _report(self, request: DialectRequest, task_id: str, said: progress.Report) -> HttpResponse:
        task = progress.report(
            principal=request.principal, task_id=parse_id(task_id), said=said, at=request.at
        )
        return json_answer(task_out(task))


class ActionList(DialectView):
    """The actions of a task; also the cancelled ones."""

    dialect = PROGRESS

    @extend_schema(responses=ActionOut(many=True), summary="List a task's actions")
    def get(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        found = actions_of(request.principal, parse_id(task_id))
        return json_answer([action_out(action) for action in found])

    @extend_schema(request=ActionIn, responses={201: ActionOut}, summary="Add an action")
    def post(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        action = actions.add_action(
            principal=request.principal,
            task_id=parse_id(task_id),
            new=action_in(request.data),
            at=request.at,
        )
        return json_answer(action_out(action), status=201)


class ActionDetail(DialectView):
    """One action. Cancelled, it stays listed and never fires again."""

    dialect = PROGRESS

    @extend_schema(parameters=[_ACTION_ID], responses=ActionOut, summary="Get an action")
    def get(self, request: DialectRequest, task_id: str, action_id: str, **_place: str) -> HttpResponse:
        action = action_of(request.principal, parse_id(task_id), action_id_in(action_id))
        return json_answer(action_out(action))

    @extend_schema(
        parameters=[_ACTION_ID], request=ActionIn, responses=ActionOut, summary="Replace an action"
    )
    def put(self, request: DialectRequest, task_id: str, action_id: str, **_place: str) -> HttpResponse:
        return self._edit(request, task_id, action_id, action_patch_in(request.data, is_partial=False))

    @extend_schema(parameters=[_ACTION_ID], request=ActionIn, responses=ActionOut, summary="Change an action")
    def patch(self, request: DialectRequest, task_id: str, action_id: str, **_place: str) -> HttpResponse:
        return self._edit(request, task_id, action_id, action_patch_in(request.data, is_partial=True))

    @extend_schema(parameters=[_ACTION_ID], responses=_GONE, summary="Cancel an action")
    def delete(self, request: DialectRequest, task_id: str, action_id: str, **_place: str) -> HttpResponse:
        actions.cancel_action(
            principal=request.principal,
            task_id=parse_id(task_id),
            action_id=action_id_in(action_id),
            at=request.at,
        )
        return empty_answer(status=204)

    def _edit(
        self, request: DialectRequest, task_id: str, action_id: str, said: dict[str, Any]
    ) -> HttpResponse:
        action = actions.edit_action(
            principal=request.principal,
            task_id=parse_id(task_id),
            action_id=action_id_in(action_id),
            at=request.at,
            **said,
        )
        return json_answer(action_out(action))


_document = cache(lambda: document(PROGRESS))  # views do not change while the process lives


class DocumentText(DialectView):
    """The OpenAPI document where tools look for it; for everybody."""

    dialect = PROGRESS
    schemes = ()
    limits = (Limit("documents", by="address"),)

    @extend_schema(exclude=True)
    def get(self, _request: DialectRequest) -> HttpResponse:
        return json_answer(_document())


class DocumentPage(DialectView):
    """Leads to the page that shows it."""

    dialect = PROGRESS
    schemes = ()
    limits = (Limit("documents", by="address"),)

    @extend_schema(exclude=True)
    def get(self, _request: DialectRequest) -> HttpResponse:
        return HttpResponseRedirect(f"/docs/{PROGRESS.name}/")
