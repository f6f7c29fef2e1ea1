"""Projects and their sections, below /api/v2/projects."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.operations.projects import create_numbered_project
from accounts.queries.accounts import zone_of
from accounts.queries.projects import inbox_of
from accounts.rules.principal import Principal
from tasks.operations.projects import delete_project, edit_project
from tasks.queries.projects import OwnProject, own_inbox, project_of, projects_of
from tasks.queries.sections import sections_of
from tasks.queries.todos import todos_of
from tasktracker.core.ids import parse_number
from tasktracker.dialects.todo.dialect import TODOS
from tasktracker.dialects.todo.shapes import projects as shapes
from tasktracker.dialects.todo.shapes import queries
from tasktracker.dialects.todo.shapes.answers import SaidOut, read, said
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.renderers import json_answer


class Projects(DialectView):
    dialect = TODOS

    @extend_schema(responses=shapes.ProjectsOut, summary="List the projects")
    def get(self, request: DialectRequest) -> HttpResponse:
        """Personal ones, the Inbox first, and those in which you own a to-do."""
        found = projects_of(request.principal)
        return json_answer({"projects": [shapes.project_out(project) for project in found]})

    @extend_schema(request=shapes.NewProjectIn, responses=shapes.ChangedProjectOut, summary="Add a project")
    def post(self, request: DialectRequest) -> HttpResponse:
        """A personal one, or one of an organization that you manage."""
        principal = request.principal
        wanted = read(shapes.NewProjectIn, request.data)
        organization_id = wanted["workspaceId"] or inbox_of(principal.user_id).organization_id
        made = create_numbered_project(
            principal=principal, organization_id=organization_id, name=wanted["name"], at=request.at
        )
        return json_answer(_changed(principal, made.pk, "Successfully created project"))


class Inbox(DialectView):
    dialect = TODOS

    @extend_schema(responses=shapes.InboxOut, summary="Read the Inbox")
    def get(self, request: DialectRequest) -> HttpResponse:
        """With its to-dos."""
        (inbox,) = _full(request.principal, [own_inbox(request.principal)])
        return json_answer({"inbox": inbox})


class Personal(DialectView):
    dialect = TODOS

    @extend_schema(
        parameters=[
            queries.parameter("search", "A part of the name, in any case; may be empty.", required=True)
        ],
        responses=shapes.PersonalProjectsOut,
        summary="List the personal projects",
    )
    def get(self, request: DialectRequest) -> HttpResponse:
        """With their to-dos."""
        search = queries.required_search_text(request.query, "search", may_be_blank=True)
        found = projects_of(request.principal, search=search, is_personal_only=True)
        return json_answer({"personalProjects": _full(request.principal, found)})


class Project(DialectView):
    dialect = TODOS

    @extend_schema(responses=shapes.OneProjectOut, summary="Read a project")
    def get(self, request: DialectRequest, project_id: str) -> HttpResponse:
        """With its sections and its to-dos, as far as they are yours."""
        found = project_of(request.principal, project_id=parse_number(project_id))
        (shown,) = _full(request.principal, [found])
        sections = sections_of(request.principal, project_id=found.id)
        return json_answer(
            {"project": {**shown, "sections": [shapes.section_out(section) for section in sections]}}
        )

    @extend_schema(request=shapes.ProjectIn, responses=shapes.ChangedProjectOut, summary="Change a project")
    def put(self, request: DialectRequest, project_id: str) -> HttpResponse:
        """Its name, or its view. The slug stays."""
        number = parse_number(project_id)
        change = shapes.project_change(read(shapes.ProjectIn, request.data))
        edit_project(principal=request.principal, project_id=number, **change)
        return json_answer(_changed(request.principal, number, "Project updated successfully"))

    @extend_schema(responses=SaidOut, summary="Delete a personal project")
    def delete(self, request: DialectRequest, project_id: str) -> HttpResponse:
        """With its to-dos and sections; the Inbox stays."""
        delete_project(principal=request.principal, project_id=parse_number(project_id), at=request.at)
        return json_answer(said("Project deleted successfully"))


def _full(principal: Principal, projects: list[OwnProject]) -> list[dict[str, Any]]:
    todos = todos_of(principal, project_ids=[project.id for project in projects])
    return shapes.full_projects_out(projects, todos, zone_of(principal.user_id))


def _changed(principal: Principal, project_id: int, text: str) -> dict[str, Any]:
    return {"message": text, "project": shapes.project_out(project_of(principal, project_id=project_id))}
