"""What the tests of to-dos, projects and tags say again and again, in one call each."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tasks.models import Task

TODOS, PROJECTS, TAG = "/api/v2/todo", "/api/v2/projects", "/api/v2/tag"
ABSENT = UUID(int=1)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
TODO_NOT_FOUND = {"message": "Todo not found"}
BOUND = {"message": "A task with an open stake cannot be made easier."}


def add(app: Any, title: str = "Water the plants", **fields: Any) -> dict[str, Any]:
    """Add a to-do and return it as the answer shows it."""
    response = app.post(TODOS, {"title": title, **fields})
    assert response.status_code == 201, response.content
    todo: dict[str, Any] = response.json()["todo"]
    return todo


def add_tag(app: Any, name: str = "Design", color: str = "blue") -> dict[str, Any]:
    response = app.post(TAG, {"name": name, "color": color})
    assert response.status_code == 201, response.content
    tag: dict[str, Any] = response.json()["tag"]
    return tag


def add_project(app: Any, name: str = "Home", **fields: Any) -> dict[str, Any]:
    response = app.post(PROJECTS, {"name": name, **(fields or {"personal": True})})
    assert response.status_code == 200, response.content
    project: dict[str, Any] = response.json()["project"]
    return project


def listed(app: Any, query: str = "") -> list[dict[str, Any]]:
    response = app.get(f"{TODOS}{query}")
    assert response.status_code == 200, response.content
    todos: list[dict[str, Any]] = response.json()["todos"]
    return todos


def titles(app: Any, query: str = "") -> list[str]:
    return [todo["title"] for todo in listed(app, query)]


def read(app: Any, todo: dict[str, Any]) -> dict[str, Any]:
    response = app.get(f"{TODOS}/{todo['id']}")
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()["todo"]
    return found


def change(app: Any, todo: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = app.patch(f"{TODOS}/{todo['id']}", fields)
    assert response.status_code == 200, response.content
    changed: dict[str, Any] = response.json()["todo"]
    return changed


def stake(todo: dict[str, Any], **columns: Any) -> None:
    """Put money on a to-do, as the stakes dialect does; due in the far future unless said otherwise."""
    Task.objects.filter(pk=todo["id"]).update(**{"stake_cents": 500, "due_at": FAR, **columns})


def refused(response: Any, status: int) -> str:
    """Check a refusal's whole shape and return its sentence."""
    assert response.status_code == status, response.content
    (key,) = response.json()
    assert key == "message"
    sentence: str = response.json()["message"]
    return sentence


def everything() -> dict[str, list[Any]]:
    """Every row of accounts and tasks: what a refusal must leave alone. Sessions come and go."""
    tables = [
        name for name in connection.introspection.table_names() if name.startswith(("tasks_", "accounts_"))
    ]
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(tables) - {"accounts_session"}):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found
