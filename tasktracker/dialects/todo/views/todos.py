"""To-dos, below /api/v2/todo."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.queries.accounts import zone_of
from accounts.rules.principal import Principal
from tasks.operations import todos
from tasks.queries.tags import tags_of
from tasks.queries.todos import SEARCH_LIMIT, found_todos, todo_of, todos_of
from tasktracker.core.ids import parse_id
from tasktracker.dialects.todo.dialect import TODOS
from tasktracker.dialects.todo.shapes import queries
from tasktracker.dialects.todo.shapes import todos as shapes
from tasktracker.dialects.todo.shapes.answers import SaidOut, read, said
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.renderers import json_answer

_IDS = queries.parameter(
    "todoIds", "The to-dos; others' and unknown ones are passed over.", required=True, is_list=True
)


class Todos(DialectView):
    dialect = TODOS

    @extend_schema(
        parameters=[
            queries.parameter("tagIds", "To-dos with at least one of these tags.", is_list=True),
            queries.parameter("completed", "true lists the newest completion first."),
        ],
        responses=shapes.TodosOut,
        summary="List the to-dos",
    )
    def get(self, request: DialectRequest) -> HttpResponse:
        """In the order of sortKey; a sub-task stands inside its parent, alone where that is not listed."""
        principal, query = request.principal, request.query
        found = todos_of(
            principal, is_completed=queries.flag(query, "completed"), tag_ids=queries.ids(query, "tagIds")
        )
        zone = zone_of(principal.user_id)
        return json_answer({"todos": [shapes.todo_out(todo, zone) for todo in found]})

    @extend_schema(request=shapes.TodoIn, responses={201: shapes.NewTodoOut}, summary="Add a to-do")
    def post(self, request: DialectRequest) -> HttpResponse:
        """At the end of the list; without a project in the Inbox."""
        principal = request.principal
        wanted = shapes.change_of(read(shapes.TodoIn, request.data))
        task_id = todos.create_todo(principal=principal, wanted=wanted, at=request.at)
        made = shapes.bare_todo_out(todo_of(principal, task_id=task_id), zone_of(principal.user_id))
        return json_answer({**said("Todo added successfully"), "todo": made}, status=201)


class Todo(DialectView):
    dialect = TODOS

    @extend_schema(responses=shapes.OneTodoOut, summary="Read a to-do")
    def get(self, request: DialectRequest, todo_id: str) -> HttpResponse:
        """With its tags and sub-tasks. (Their document has no such call.)"""
        return json_answer(_one(request.principal, parse_id(todo_id)))

    @extend_schema(request=shapes.TodoChangeIn, responses=shapes.OneTodoOut, summary="Change a to-do")
    def patch(self, request: DialectRequest, todo_id: str) -> HttpResponse:
        """Any part of it. Completing completes its sub-tasks, and makes the next one of a recurring to-do."""
        task_id = parse_id(todo_id)
        change = shapes.change_of(read(shapes.TodoChangeIn, request.data))
        todos.change_todo(principal=request.principal, task_id=task_id, change=change, at=request.at)
        return json_answer(_one(request.principal, task_id))

    @extend_schema(responses=SaidOut, summary="Delete a to-do")
    def delete(self, request: DialectRequest, todo_id: str) -> HttpResponse:
        """With its sub-tasks."""
        todos.delete_todo(principal=request.principal, task_id=parse_id(todo_id), at=request.at)
        return json_answer(said("Todo deleted successfully"))


class BulkTodos(DialectView):
    dialect = TODOS

    @extend_schema(
        parameters=[_IDS], request=shapes.BulkIn, responses=shapes.ChangedOut, summary="Change several to-dos"
    )
    def patch(self, request: DialectRequest) -> HttpResponse:
        """All alike, or none when one of them refuses."""
        task_ids = queries.required_ids(request.query, "todoIds")
        change = shapes.change_of(read(shapes.BulkIn, request.data))
        changed = todos.change_todos(
            principal=request.principal, task_ids=task_ids, change=change, at=request.at
        )
        return json_answer({"todos": changed})

    @extend_schema(parameters=[_IDS], responses=shapes.DeletedOut, summary="Delete several to-dos")
    def delete(self, request: DialectRequest) -> HttpResponse:
        """With their sub-tasks, or none when one of them refuses."""
        task_ids = queries.required_ids(request.query, "todoIds")
        deleted = todos.delete_todos(principal=request.principal, task_ids=task_ids, at=request.at)
        return json_answer({"deletedCount": deleted})


class Search(DialectView):
    dialect = TODOS

    @extend_schema(
        parameters=[queries.parameter("q", "A part of title, description or a tag's name.", required=True)],
        responses=shapes.FoundOut,
        summary="Search to-dos and tags",
    )
    def get(self, request: DialectRequest) -> HttpResponse:
        """The newest 20, whatever their case."""
        principal = request.principal
        text = queries.required_search_text(request.query, "q", may_be_blank=False)
        zone = zone_of(principal.user_id)
        found = [shapes.todo_out(todo, zone) for todo in found_todos(principal, text=text)]
        tags = tags_of(principal, search=text)[:SEARCH_LIMIT]
        return json_answer(
            {"todos": found, "tags": [shapes.tag_out(tag.id, tag.name, tag.color) for tag in tags]}
        )


def _one(principal: Principal, task_id: UUID) -> dict[str, Any]:
    return {"todo": shapes.todo_out(todo_of(principal, task_id=task_id), zone_of(principal.user_id))}
