"""Lists of any length take the same number of statements: 10 to-dos and 10,000."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from tasks.models import Agenda, Tag, Task, TaskTag
from tasks.rules.order import key_between
from tests.conftest import NOW
from tests.dialects.todo.lists import PROJECTS, TAG, TODOS, add

pytestmark = pytest.mark.django_db

Calls = dict[str, Callable[[], Any]]


@pytest.fixture
def fill(owner: User) -> Callable[[int], None]:
    """Give the owner so many to-dos more, every tenth with a tag, every other one with a place."""
    inbox = Project.objects.get(organization__personal_of=owner)
    tag = Tag.objects.create(owner=owner, name="Tenth", color="red", created_at=NOW)

    def fill(count: int) -> None:
        last = Agenda.objects.filter(owner=owner).order_by("-order_key").values_list("order_key", flat=True)
        key = last.first()
        tasks, agendas = [], []
        for n in range(count):
            title = f"To-do {n}"
            task = Task(
                owner=owner,
                project=inbox,
                title=title,
                search_text=f"{title.lower()}\n",
                created_at=NOW,
                updated_at=NOW,
            )
            tasks.append(task)
            if n % 2:
                key = key_between(key, None)
                agendas.append(Agenda(task=task, owner=owner, order_key=key))
        Task.objects.bulk_create(tasks)
        Agenda.objects.bulk_create(agendas)
        TaskTag.objects.bulk_create(TaskTag(task=task, tag=tag) for task in tasks[::10])
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum would by then: plans of an empty table can take seconds

    return fill


def cost(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as statements:
        response = call()
    assert response.status_code in {200, 201}, response.content
    return len(statements)


@pytest.fixture
def calls(owners: Any, owner: User, fill: Callable[[int], None]) -> Calls:
    """Every call that reads a list or moves something in it."""
    tag_id = Tag.objects.get(owner=owner).pk
    moved = add(owners, "Moved")

    def move(**place: Any) -> Callable[[], Any]:
        return lambda: owners.patch(f"{TODOS}/{moved['id']}", place)

    def complete() -> Any:
        return owners.patch(f"{TODOS}/{add(owners, 'Done')['id']}", {"completed": True})

    return {
        "add and complete": complete,
        "list": lambda: owners.get(TODOS),
        "completed": lambda: owners.get(f"{TODOS}?completed=true"),
        "tagged": lambda: owners.get(f"{TODOS}?tagIds={tag_id}"),
        "search": lambda: owners.get(f"{TODOS}/search?q=TO-DO"),
        "search for nothing": lambda: owners.get(f"{TODOS}/search?q=zebra"),
        "add": lambda: owners.post(TODOS, {"title": "One more"}),
        "move to the front": move(nextIndex="a0"),
        "move to the end": move(prevIndex=None, nextIndex=None),
        "move between": move(prevIndex="a0", nextIndex="a1"),
        "move among those without a place": move(nextIndex="E0100000000000000000000"),
        "projects": lambda: owners.get(PROJECTS),
        "inbox": lambda: owners.get(f"{PROJECTS}/inbox"),
        "personal": lambda: owners.get(f"{PROJECTS}/personal?search="),
        "tags": lambda: owners.get(TAG),
    }


def test_the_number_of_statements_does_not_grow(fill: Callable[[int], None], calls: Calls) -> None:
    fill(10)
    few = {name: cost(call) for name, call in calls.items()}
    fill(9_990)

    many = {name: cost(call) for name, call in calls.items()}

    assert many == few
    assert max(few["list"], few["completed"], few["tagged"]) <= 5
    assert few["search"] <= 7
    assert few["move between"] <= 14


def test_reading_starts_no_transaction(fill: Callable[[int], None], calls: Calls) -> None:
    fill(10)

    with CaptureQueriesContext(connection) as statements:
        calls["list"]()
        calls["search"]()

    assert {query["sql"].split(" ")[0] for query in statements.captured_queries} == {"SELECT"}
