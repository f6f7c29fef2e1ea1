"""Hot statements answer what the ORM answers, on both databases."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.models import Task
from tasktracker.core.clock import DatabaseNow, now
from tasktracker.core.compiled import CompiledQuery, CompiledUpdate
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def query(task_id, title, at, owner_id):  # type: ignore[no-untyped-def]
    return Task.objects.filter(
        pk=task_id, title=title, created_at__lte=at, owner_id=owner_id, status="pending"
    ).values_list("id", "title", "created_at", "owner_id", "is_all_day", "due_at", DatabaseNow())


@pytest.fixture
def statement() -> CompiledQuery:
    return CompiledQuery(query, task_id=UUID(int=1), title="x", at=NOW, owner_id=1)


@pytest.fixture
def task(owner, principal_of):  # type: ignore[no-untyped-def]
    from tasks.operations.editing import create_task

    return create_task(principal=principal_of(owner), title="100% 'quoted' %s", at=NOW)


def test_rows_equal_the_orm_s(statement, task) -> None:  # type: ignore[no-untyped-def]
    values = {"task_id": task.pk, "title": task.title, "at": NOW, "owner_id": task.owner_id}

    row = statement.first(**values)

    assert row is not None
    assert row[:-1] == statement.queryset(**values).get()[:-1]
    assert row[0] == task.pk
    assert abs(row[-1] - now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "other",
    [{"task_id": UUID(int=5)}, {"title": "y"}, {"at": NOW - timedelta(seconds=1)}, {"owner_id": 10**9}],
)
def test_every_value_counts(statement, task, other) -> None:  # type: ignore[no-untyped-def]
    values = {"task_id": task.pk, "title": task.title, "at": NOW, "owner_id": task.owner_id}

    assert statement.first(**{**values, **other}) is None
    assert statement.all(**{**values, **other}) == []


def test_it_is_one_statement(statement, task) -> None:  # type: ignore[no-untyped-def]
    values = {"task_id": task.pk, "title": task.title, "at": NOW, "owner_id": task.owner_id}
    statement.first(**values)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        statement.first(**values)

    assert len(queries) == 1


def test_a_value_that_changes_the_statement_is_refused_loudly() -> None:
    broken = CompiledQuery(
        lambda title: Task.objects.filter(title__startswith=title).values_list("id"), title="x"
    )

    with pytest.raises(TypeError, match="title"):
        broken.all(title="y")


def renamed(task_id, title, at):  # type: ignore[no-untyped-def]
    return Task.objects.filter(pk=task_id, status="pending"), {"title": title, "updated_at": at}


@pytest.fixture
def update() -> CompiledUpdate:
    return CompiledUpdate(renamed, task_id=UUID(int=1), title="x", at=NOW)


def test_an_update_changes_what_the_orm_would(update, task, owner, principal_of) -> None:  # type: ignore[no-untyped-def]
    from tasks.operations.editing import create_task

    create_task(principal=principal_of(owner), title="untouched", at=NOW)
    before = Task.objects.values().get(pk=task.pk)
    later = NOW + timedelta(microseconds=1)

    assert update.run(task_id=task.pk, title="it's 100% %s", at=later) == 1

    assert Task.objects.values().get(pk=task.pk) == {**before, "title": "it's 100% %s", "updated_at": later}
    assert Task.objects.filter(title="untouched", updated_at=NOW).count() == 1


def test_an_update_without_a_row_changes_nothing(update, task) -> None:  # type: ignore[no-untyped-def]
    before = Task.objects.values().get()

    assert update.run(task_id=UUID(int=5), title="y", at=NOW) == 0

    assert Task.objects.values().get() == before


def test_the_database_clock_moves_by_its_offset() -> None:
    later = DatabaseNow(timedelta(hours=2))

    from accounts.models import User

    User.objects.create_user("clock@example.com")
    plain, moved = User.objects.values_list(DatabaseNow(), later).get(email="clock@example.com")

    assert timedelta(hours=2) <= moved - plain < timedelta(hours=2, minutes=1)
