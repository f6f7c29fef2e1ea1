"""Tasks: the list, one of them, and what can be done with it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema

from charges.operations.missed import cry_uncle
from charges.operations.staking import put_stake
from charges.queries.stakes import with_charges
from internal_api.shapes import tasks as shapes
from internal_api.shapes.reading import PAGING
from internal_api.views.answers import DONE, MobileView, done, listed
from tasks.operations import lifecycle, shelving
from tasks.operations.changing import change_task
from tasks.operations.editing import create_task
from tasks.queries.occurrences import occurrences_of
from tasks.queries.owned import owned_task, owned_tasks
from tasks.rules.vocabulary import Status
from tasktracker.core.ids import parse_id
from tasktracker.http.dialect import DialectRequest, Limit
from tasktracker.http.renderers import json_answer

_FILTERS = [
    OpenApiParameter("status", {"type": "string", "enum": [str(status) for status in Status]}),
    OpenApiParameter("due_before", {"type": "string", "format": "date-time"}),
    OpenApiParameter("due_after", {"type": "string", "format": "date-time"}),
    OpenApiParameter("search", {"type": "string"}, description="A part of name or description."),
    *PAGING,
]
Command = Callable[..., Any]


def _shown(request: DialectRequest, task_id: Any, *, status: int = 200) -> HttpResponse:
    (task,) = with_charges([owned_task(request.principal, task_id)])
    return json_answer(shapes.task_out(task), status=status)


class Tasks(MobileView):
    @extend_schema(parameters=_FILTERS, responses={200: shapes.TASKS}, summary="List your tasks")
    def get(self, request: DialectRequest) -> HttpResponse:
        """List the tasks that you own by name; archived ones, too."""
        rows = owned_tasks(request.principal, **shapes.filters(request.query))
        return listed(request, rows, shapes.task_out, read=with_charges)

    @extend_schema(request=shapes.NewTaskIn, responses={201: shapes.TASK}, summary="Make a task")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Make a task, in its parent's project or your Inbox unless a project is named."""
        made = create_task(
            principal=request.principal, **shapes.new_task(request.data, request.at), at=request.at
        )
        return _shown(request, made.pk, status=201)


class Task(MobileView):
    @extend_schema(responses={200: shapes.TASK}, summary="Get a task")
    def get(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Show one task."""
        return _shown(request, parse_id(task_id))

    @extend_schema(request=shapes.TaskChangesIn, responses={200: shapes.TASK}, summary="Change a task")
    def patch(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Change what is given, all of it or nothing; null takes a deadline or a schedule away."""
        change = shapes.task_change(request.data, request.at)
        known = parse_id(task_id)
        change_task(principal=request.principal, task_id=known, change=change, at=request.at)
        return _shown(request, known)

    @extend_schema(request=None, responses=DONE, summary="Delete a task")
    def delete(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Delete it and its sub-tasks for good."""
        shelving.delete_task(principal=request.principal, task_id=parse_id(task_id), at=request.at)
        return done()


class TaskCommand(MobileView):
    """Something that is done with a task and takes no body."""

    command: ClassVar[Command]

    def run(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Call the operation."""
        type(self).command(principal=request.principal, task_id=parse_id(task_id), at=request.at)
        return done()


class TriggerTask(TaskCommand):
    command = staticmethod(lifecycle.trigger_task)
    limits = (Limit("trigger"),)

    @extend_schema(request=None, responses=DONE, summary="Trigger a task")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Make a new pending occurrence; an older pending one becomes missed. 60 a minute."""
        return self.run(request, task_id)


class CompleteTask(TaskCommand):
    command = staticmethod(lifecycle.complete_task)
    limits = (Limit("complete"),)

    @extend_schema(request=None, responses=DONE, summary="Complete a task")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Complete it and its pending occurrence, or make a completed one. 60 a minute."""
        return self.run(request, task_id)


class UncompleteTask(TaskCommand):
    command = staticmethod(lifecycle.uncomplete_task)

    @extend_schema(request=None, responses=DONE, summary="Take a completion back")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Make a completed task pending again."""
        return self.run(request, task_id)


class ArchiveTask(TaskCommand):
    command = staticmethod(shelving.archive_task)

    @extend_schema(request=None, responses=DONE, summary="Archive a task")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Put it out of sight; its schedule makes nothing."""
        return self.run(request, task_id)


class UnarchiveTask(TaskCommand):
    command = staticmethod(shelving.unarchive_task)

    @extend_schema(request=None, responses=DONE, summary="Bring a task back")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Undo archiving it."""
        return self.run(request, task_id)


class CryUncle(TaskCommand):
    command = staticmethod(cry_uncle)

    @extend_schema(request=None, responses=DONE, summary="Give up on a task")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Begin its charge now, as if the deadline had passed. Once: then 409."""
        return self.run(request, task_id)


class StakeTask(MobileView):
    has_unique_keys = True

    @extend_schema(request=shapes.StakeIn, responses=DONE, summary="Put a stake on a task")
    def post(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """Put money on it, or raise what is on it. A lower stake or a later deadline is 409."""
        terms = shapes.stake(request.data)
        put_stake(principal=request.principal, task_id=parse_id(task_id), **terms, at=request.at)
        return done()


class Occurrences(MobileView):
    @extend_schema(
        parameters=PAGING, responses={200: shapes.OCCURRENCES}, summary="List a task's occurrences"
    )
    def get(self, request: DialectRequest, task_id: str) -> HttpResponse:
        """List them, newest first."""
        return listed(request, occurrences_of(request.principal, parse_id(task_id)), shapes.occurrence_out)
