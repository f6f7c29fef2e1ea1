"""Hot statements: an ORM query compiled to SQL once, then run by cursor.

Building and compiling the query is three quarters of an ORM get() (PERFORMANCE.md). The query is still
written, and tested, as the ORM query; only its SQL text is kept. Only hot paths' statements belong here.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

Row = tuple[Any, ...]
Value = UUID | datetime | int | str


class CompiledQuery:
    """A `values_list` query with named values that change from run to run.

        titles = lambda task_id: Task.objects.filter(pk=task_id).values_list("title")
        find = CompiledQuery(titles, task_id=UUID(int=1))
        row = find.first(task_id=task.pk)

    build: makes the query from the named values. examples: one value of the right type for each of them.
    Values may stand only where the SQL text does not depend on them (no lists, no None).
    Source: PERFORMANCE.md, "What follows".
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **examples: Value) -> None:
        self._build = build
        self._examples = examples
        self._compiled: dict[str, _Select] = {}

    def queryset(self, **values: Value) -> QuerySet[Any, Any]:
        """Return the ORM query itself: what the tests compare with."""
        return self._build(**values)

    def all(self, **values: Value) -> list[Row]:
        """Run the statement and return every row, converted as the ORM would."""
        statement = self._compiled.get(connection.vendor) or self._compile()
        return statement.run(values)

    def first(self, **values: Value) -> Row | None:
        """Run the statement and return its first row, or None."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def _compile(self) -> "_Select":
        statement = _Select(lambda **values: self._build(**values).query, self._examples)
        self._compiled[connection.vendor] = statement
        return statement


class CompiledUpdate:
    """An `update()` with named values that change from run to run; else as CompiledQuery.

        close = CompiledUpdate(closed, task_id=UUID(int=1), at=datetime.now(UTC))
        count = close.run(task_id=task.pk, at=at)

    build: makes from the named values the rows, of one table, and what is set in them.
    """

    def __init__(
        self, build: Callable[..., tuple[QuerySet[Any, Any], dict[str, Any]]], **examples: Value
    ) -> None:
        self._build = build
        self._examples = examples
        self._compiled: dict[str, _Statement] = {}

    def run(self, **values: Value) -> int:
        """Run the statement; returns how many rows it changed."""
        statement = self._compiled.get(connection.vendor) or self._compile()
        with connection.cursor() as cursor:
            statement.execute(cursor, values)
            changed: int = cursor.rowcount
        return changed

    def _compile(self) -> "_Statement":
        statement = _Statement(self._query, self._examples)
        self._compiled[connection.vendor] = statement
        return statement

    def _query(self, **values: Value) -> Any:
        rows, changes = self._build(**values)
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(changes)
        return query


class _Statement:
    """The SQL text for one database vendor, with the positions of the named values in it."""

    def __init__(self, build: Callable[..., Any], examples: dict[str, Value]) -> None:
        self._compiler = build(**examples).get_compiler(connection=connection)
        self._sql, params = self._compiler.as_sql()
        self._params = list(params)
        self._places = {name: self._find(build, examples, name) for name in examples}

    def _find(self, build: Callable[..., Any], examples: dict[str, Value], name: str) -> list[int]:
        """Find where one value stands: the positions that change when only it changes."""
        changed = {**examples, name: _another(examples[name])}
        _, params = build(**changed).get_compiler(connection=connection).as_sql()
        places = [
            i for i, (ours, theirs) in enumerate(zip(self._params, params, strict=True)) if ours != theirs
        ]
        if not places or any(_adapt(examples[name]) != self._params[i] for i in places):
            raise TypeError(f"the value {name!r} does not stand plainly in the statement")
        return places

    def execute(self, cursor: Any, values: dict[str, Value]) -> None:
        params = self._params.copy()
        for name, places in self._places.items():
            value = _adapt(values[name])
            for place in places:
                kind = type(params[place])
                params[place] = value if type(value) is kind else kind(value)
        cursor.execute(self._sql, params)


class _Select(_Statement):
    """A statement with rows to convert."""

    def __init__(self, build: Callable[..., Any], examples: dict[str, Value]) -> None:
        super().__init__(build, examples)
        self._converters = self._compiler.get_converters([column for column, *_ in self._compiler.select])

    def run(self, values: dict[str, Value]) -> list[Row]:
        with connection.cursor() as cursor:
            self.execute(cursor, values)
            rows: list[Row] = cursor.fetchall()
        if self._converters and rows:
            return [tuple(row) for row in self._compiler.apply_converters(rows, self._converters)]
        return rows


def _another(value: Value) -> Value:
    """Make a different value of the same type."""
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1)
    if isinstance(value, datetime):
        return value + timedelta(days=1)
    if isinstance(value, int):
        return value + 1
    return value + "x"


def _adapt(value: Value) -> Any:
    """Write a value as Django hands it to this database's driver."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
