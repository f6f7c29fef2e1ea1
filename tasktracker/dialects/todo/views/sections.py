"""The sections of a project, below /api/v2/projects/:id/sections."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.queries.accounts import zone_of
from accounts.rules.principal import Principal
from tasks.operations.sections import create_section, delete_section, edit_section
from tasks.queries.sections import section_of, sections_of
from tasks.queries.todos import todos_of
from tasktracker.core.ids import parse_id, parse_number
from tasktracker.dialects.todo.dialect import TODOS
from tasktracker.dialects.todo.shapes import projects as shapes
from tasktracker.dialects.todo.shapes.answers import SaidOut, read, said
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.renderers import json_answer


class Sections(DialectView):
    dialect = TODOS

    @extend_schema(responses=shapes.SectionsOut, summary="List the sections")
    def get(self, request: DialectRequest, project_id: str) -> HttpResponse:
        """In their order, each with its to-dos, as far as they are yours."""
        principal, number = request.principal, parse_number(project_id)
        sections = sections_of(principal, project_id=number)
        todos = todos_of(principal, project_ids=[number])
        shown = shapes.full_sections_out(sections, todos, zone_of(principal.user_id))
        return json_answer({"sections": shown})

    @extend_schema(request=shapes.NewSectionIn, responses=shapes.NewSectionOut, summary="Add a section")
    def post(self, request: DialectRequest, project_id: str) -> HttpResponse:
        """Behind the others."""
        number = parse_number(project_id)
        wanted = read(shapes.NewSectionIn, request.data)
        made = create_section(principal=request.principal, project_id=number, **wanted, at=request.at)
        return json_answer({**said("Project section created"), "section": _shown(request.principal, made)})


class Section(DialectView):
    dialect = TODOS

    @extend_schema(request=shapes.SectionIn, responses=shapes.ChangedSectionOut, summary="Change a section")
    def patch(self, request: DialectRequest, project_id: str, section_id: str) -> HttpResponse:
        """Its name, its place between two others, or its project: its to-dos go with it."""
        number, wanted = parse_number(project_id), parse_id(section_id)
        change = read(shapes.SectionIn, request.data)
        edit_section(
            principal=request.principal, project_id=number, section_id=wanted, **change, at=request.at
        )
        shown = _shown(request.principal, wanted)
        return json_answer({**said("Project section updated successfully"), "updatedSection": shown})

    @extend_schema(responses=SaidOut, summary="Delete a section")
    def delete(self, request: DialectRequest, project_id: str, section_id: str) -> HttpResponse:
        """Its to-dos stay in the project."""
        number, wanted = parse_number(project_id), parse_id(section_id)
        delete_section(principal=request.principal, project_id=number, section_id=wanted)
        return json_answer(said("Section deleted successfully"))


def _shown(principal: Principal, section_id: UUID) -> dict[str, Any]:
    return shapes.section_out(section_of(principal, section_id=section_id))
