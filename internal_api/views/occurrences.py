"""What can be done with one occurrence of a task."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from internal_api.views.answers import DONE, MobileView, done
from tasks.operations import lifecycle
from tasktracker.core.ids import parse_id
from tasktracker.http.dialect import DialectRequest, Limit


class OccurrenceCommand(MobileView):
    """Something that is done with an occurrence."""

    command: ClassVar[Callable[..., Any]]

    def run(self, request: DialectRequest, occurrence_id: str) -> HttpResponse:
        """Call the operation."""
        known = parse_id(occurrence_id)
        type(self).command(principal=request.principal, occurrence_id=known, at=request.at)
        return done()


class CompleteOccurrence(OccurrenceCommand):
    command = staticmethod(lifecycle.complete_occurrence)
    limits = (Limit("complete"),)

    @extend_schema(request=None, responses=DONE, summary="Complete an occurrence")
    def post(self, request: DialectRequest, occurrence_id: str) -> HttpResponse:
        """Complete a pending one, and its task with it. 60 a minute, with completions of tasks."""
        return self.run(request, occurrence_id)


class SkipOccurrence(OccurrenceCommand):
    command = staticmethod(lifecycle.skip_occurrence)

    @extend_schema(request=None, responses=DONE, summary="Skip an occurrence")
    def post(self, request: DialectRequest, occurrence_id: str) -> HttpResponse:
        """Let a pending one pass."""
        return self.run(request, occurrence_id)


class InvalidateOccurrence(OccurrenceCommand):
    command = staticmethod(lifecycle.invalidate_occurrence)

    @extend_schema(request=None, responses=DONE, summary="Invalidate an occurrence")
    def post(self, request: DialectRequest, occurrence_id: str) -> HttpResponse:
        """Take a completed one back; the newest reopens its task."""
        return self.run(request, occurrence_id)
