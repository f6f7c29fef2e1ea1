"""What mobile only lists: projects and charges."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.queries.projects import projects_visible_to
from charges.queries.charges import charges_of
from internal_api.shapes import lists as shapes
from internal_api.shapes.reading import PAGING
from internal_api.views.answers import MobileView, listed
from tasktracker.http.dialect import DialectRequest


class Projects(MobileView):
    @extend_schema(parameters=PAGING, responses={200: shapes.PROJECTS}, summary="List your projects")
    def get(self, request: DialectRequest) -> HttpResponse:
        """List the projects that you may put tasks in, oldest first: your Inbox is the first."""
        return listed(request, projects_visible_to(request.principal), shapes.project_out)


class Charges(MobileView):
    @extend_schema(parameters=PAGING, responses={200: shapes.CHARGES}, summary="List your charges")
    def get(self, request: DialectRequest) -> HttpResponse:
        """List them, newest first."""
        return listed(request, charges_of(request.principal), shapes.charge_out)
