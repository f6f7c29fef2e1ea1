"""Tasks, below /api/projects/:project_id/tasks."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from accounts.rules.personal_keys import READ
from tasks.operations import briefs, shelving
from tasks.queries.briefs import briefed_page, briefed_page_of, briefed_task, repositories_of
from tasktracker.core.ids import parse_id
from tasktracker.dialects.agents.shapes import lists, tasks
from tasktracker.dialects.agents.shapes.pages import PAGE_PARAMETERS, page_out, window_in
from tasktracker.dialects.agents.views.scoped import ProjectView
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.renderers import empty_answer, json_answer

PROJECT = OpenApiParameter(
    "project_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="A number, or `@current`."
)
_GONE = {204: OpenApiResponse(description="Done. The body is empty.")}


class Tasks(ProjectView):
    """The project's tasks."""

    @extend_schema(
        parameters=[PROJECT, *lists.LIST_PARAMETERS], responses=tasks.TaskPageOut, summary="List tasks"
    )
    def get(self, request: DialectRequest, **_place: str) -> HttpResponse:
        """Newest first; all filters must hold. Internal ones are not listed."""
        window = window_in(request.query)
        page = briefed_page(
            principal=request.principal,
            filters=lists.filters_in(request.query),
            limit=window.limit,
            offset=window.offset,
        )
        results = [tasks.task_out(task) for task in page.tasks]
        return json_answer(page_out(request, window, page.count, results))

    @extend_schema(
        parameters=[PROJECT], request=tasks.TaskIn, responses={201: tasks.TaskOut}, summary="Make a task"
    )
    def post(self, request: DialectRequest, **_place: str) -> HttpResponse:
        """Without a title one is made of the description."""
        principal = request.principal
        wanted = tasks.new_brief(request.data)
        task_id = briefs.create_briefed_task(principal=principal, wanted=wanted, at=request.at)
        return json_answer(tasks.task_out(briefed_task(principal, task_id)), status=201)


class Task(ProjectView):
    """One task."""

    @extend_schema(parameters=[PROJECT], responses=tasks.TaskOut, summary="Get a task")
    def get(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        return json_answer(tasks.task_out(briefed_task(request.principal, parse_id(task_id))))

    @extend_schema(
        parameters=[PROJECT],
        request=tasks.TaskChangeIn,
        responses=tasks.TaskOut,
        summary="Change a task",
    )
    def patch(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        """What is left out stays; what cannot be changed is ignored."""
        principal, wanted_id = request.principal, parse_id(task_id)
        briefed_task(principal, wanted_id)
        change = tasks.brief_change(request.data)
        briefs.edit_briefed_task(principal=principal, task_id=wanted_id, change=change, at=request.at)
        return json_answer(tasks.task_out(briefed_task(principal, wanted_id)))

    @extend_schema(
        parameters=[PROJECT],
        request=tasks.TaskChangeIn,
        responses=tasks.TaskOut,
        summary="Change a task (alias of PATCH)",
    )
    def put(self, request: DialectRequest, task_id: str, **place: str) -> HttpResponse:
        return self.patch(request, task_id, **place)

    @extend_schema(parameters=[PROJECT], responses=_GONE, summary="Delete a task")
    def delete(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        """For good. Its runs are kept."""
        shelving.delete_task(principal=request.principal, task_id=parse_id(task_id), at=request.at)
        return empty_answer(status=204)


class Summaries(ProjectView):
    """Tasks in short, by their ids."""

    scope = READ

    @extend_schema(
        parameters=[PROJECT, *PAGE_PARAMETERS],
        request=lists.SummariesIn,
        responses={200: lists.SummaryPageOut},
        summary="Read several tasks in short",
    )
    def post(self, request: DialectRequest, **_place: str) -> HttpResponse:
        """Newest first; ids that are not of this project are passed over."""
        window = window_in(request.query)
        page = briefed_page_of(
            principal=request.principal,
            task_ids=lists.summary_ids(request.data),
            limit=window.limit,
            offset=window.offset,
        )
        results = [lists.summary_out(task) for task in page.tasks]
        return json_answer(page_out(request, window, page.count, results))


class Repositories(ProjectView):
    @extend_schema(
        parameters=[PROJECT], responses=lists.RepositoriesOut, summary="List the repositories of tasks"
    )
    def get(self, request: DialectRequest, **_place: str) -> HttpResponse:
        return json_answer({"repositories": repositories_of(request.principal)})


class RepositoryReadiness(ProjectView):
    @extend_schema(
        parameters=[PROJECT, *lists.READINESS_PARAMETERS],
        responses=lists.ReadinessOut,
        summary="Ask how ready a repository is",
    )
    def get(self, request: DialectRequest, **_place: str) -> HttpResponse:
        """Always `needs_setup`: GitHub cannot be connected."""
        return json_answer(lists.readiness_out(request.query, request.at))
