"""Transitions: one compare-and-set UPDATE, or a conflict that changes nothing."""

from datetime import timedelta

import pytest
from django.db.models import Q

from tasks.models import Task
from tasktracker.core.states import StateConflict, advance
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

TABLE = {"start": (frozenset({"pending", "stale"}), "processing")}
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def task(owner, principal_of):  # type: ignore[no-untyped-def]
    from tasks.operations.editing import create_task

    return create_task(principal=principal_of(owner), title="t", at=NOW)


def test_the_row_and_the_instance_move_together(task, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        advance(task, TABLE, "start", LATER, description="moved")

    stored = Task.objects.get()
    assert (stored.status, stored.updated_at, stored.description) == ("processing", LATER, "moved")
    assert (task.status, task.updated_at, task.description) == ("processing", LATER, "moved")


def test_another_source_is_a_conflict_and_changes_nothing(task) -> None:  # type: ignore[no-untyped-def]
    advance(task, TABLE, "start", LATER)

    with pytest.raises(StateConflict):
        advance(task, TABLE, "start", LATER + timedelta(minutes=1), description="again")

    stored = Task.objects.get()
    assert (stored.status, stored.updated_at, stored.description) == ("processing", LATER, "")
    assert task.description == ""


def test_a_guard_is_part_of_the_same_statement(task) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(StateConflict):
        advance(task, TABLE, "start", LATER, guard=Q(due_at__gt=LATER))

    assert Task.objects.get().status == "pending"


def test_a_stale_instance_cannot_win(task) -> None:  # type: ignore[no-untyped-def]
    twin = Task.objects.get()
    advance(task, TABLE, "start", LATER)

    with pytest.raises(StateConflict):
        advance(twin, TABLE, "start", LATER)

    assert twin.status == "pending"
