"""Moving in the list, checked against a plain Python list: whatever is done, both show the same order."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Agenda, Section
from tasks.operations.editing import create_task
from tasks.operations.ordering import Placement
from tasks.operations.todos import TodoChange, change_todo, create_todo
from tasks.queries.todos import todos_of
from tasks.rules.order import LAST_KEY_OF_ID, MAX_KEY, NoRoom
from tests.conftest import NOW

places = st.integers(min_value=0, max_value=50)
STEPS = st.one_of(
    st.tuples(st.just("add")),
    st.tuples(st.just("add elsewhere")),  # by another dialect: it has no place yet
    st.tuples(st.just("after"), places, places),
    st.tuples(st.just("between"), places, places, places),
    st.tuples(st.just("front"), places),
    st.tuples(st.just("end"), places),
    st.tuples(st.just("same key"), places, places),
)


class Model:
    """The list as a list. Every step is done to the database and to the list."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.ids: list[UUID] = []

    def shown(self) -> list[tuple[UUID, str]]:
        return [(todo.id, todo.order_key) for todo in todos_of(self.principal)]

    def take(self, name: str, *numbers: int) -> None:
        if name == "add":
            made = create_todo(principal=self.principal, wanted=TodoChange(title="T"), at=NOW)
            self.ids.append(made)
        elif name == "add elsewhere":
            made = create_task(principal=self.principal, title="T", at=NOW).pk
            unplaced = [key for _, key in self.shown() if key <= LAST_KEY_OF_ID]
            self.ids.insert(len(unplaced) - 1, made)
        elif self.ids:
            self._move(name, *numbers)

    def _move(self, name: str, which: int, *targets: int) -> None:
        keys = dict(self.shown())
        moved = self.ids.pop(which % len(self.ids))
        others = [keys[task_id] for task_id in self.ids]
        index, placement = self._wish(name, others, *targets)
        change_todo(principal=self.principal, task_id=moved, change=TodoChange(placement=placement), at=NOW)
        self.ids.insert(index, moved)

    def _wish(self, name: str, others: list[str], *targets: int) -> tuple[int, Placement]:
        if not others or name == "end":
            return len(others), Placement(after=None, before=None)
        if name == "front":
            return 0, Placement(after=None, before=others[0])
        first = targets[0] % len(others)
        if name == "same key":
            return first + 1, Placement(key=others[first])
        later = others[first + 1 :]
        if name == "between" and later:
            return first + 1, Placement(after=others[first], before=later[targets[1] % len(later)])
        return first + 1, Placement(after=others[first])


@pytest.mark.django_db
@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, max_size=25))
def test_the_list_is_a_list(caller: Principal, steps: list[Any]) -> None:
    with transaction.atomic():
        model = Model(caller)
        for step in steps:
            model.take(*step)

            shown = model.shown()
            assert [task_id for task_id, _ in shown] == model.ids
            assert len({key for _, key in shown}) == len(shown)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_crowded_gap_is_refused_and_others_are_not(caller: Principal, owner: User, at: datetime) -> None:
    one, two, three = (
        create_todo(principal=caller, wanted=TodoChange(title=title), at=at) for title in "ABC"
    )
    Agenda.objects.filter(pk=two).update(order_key="a0" + "0" * (MAX_KEY - 3) + "1")
    crowded = Placement(after="a0")

    with pytest.raises(NoRoom):
        change_todo(principal=caller, task_id=three, change=TodoChange(placement=crowded), at=at)

    assert Agenda.objects.get(pk=three).order_key == "a2"
    change_todo(principal=caller, task_id=three, change=TodoChange(placement=Placement(before="a0")), at=at)
    assert [todo.id for todo in todos_of(caller)] == [three, one, two]


@pytest.mark.django_db
def test_the_columns_sort_by_bytes(caller: Principal, make_task: Callable[..., Any], owner: User) -> None:
    keys = ["Zz", "a0", "A" + "1" * 26, "z" * 27, "ZV1", "a0V", "a0G", "b01"]
    for key in keys:
        task = make_task()
        Agenda.objects.create(task=task, owner=owner, order_key=key)
        Section.objects.create(project=task.project, name=key, order_key=key, created_at=NOW)

    for model in (Agenda, Section):
        stored = model.objects.order_by("order_key").values_list("order_key", flat=True)
        assert list(stored) == sorted(keys)


@pytest.mark.django_db
def test_postgresql_is_told_so() -> None:
    # The test database itself sorts by bytes, so the order above would not tell.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, collation_name FROM information_schema.columns"
                " WHERE column_name = 'order_key' ORDER BY table_name"
            )
            assert cursor.fetchall() == [("tasks_agenda", "C"), ("tasks_section", "C")]
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'task_search_trigrams'")
            assert "gin_trgm_ops" in cursor.fetchone()[0]
