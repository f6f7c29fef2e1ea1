"""The clock: the database's, so that every process agrees on the time.

Read it in views, jobs and sweeps only, and pass the value down as `at`. Leases use it in SQL.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models.expressions import Func


class DatabaseNow(Func):
    """The database's clock at this statement (not at the start of the transaction), in SQL.

    offset: added to it. Leases compare and are set with this, never with a process's own clock
    (reliability.md 4.2).
    """

    arity = 0
    output_field = models.DateTimeField()

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset_seconds = offset.total_seconds()
        super().__init__()

    def as_sql(  # type: ignore[override]  # of all its arguments we need none
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        """SQLite: the text form that Django stores datetimes in."""
        sql = "(strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', %s) || '000')"
        return sql, [f"{self.offset_seconds:+.3f} seconds"]

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        return f"(clock_timestamp() + interval '{self.offset_seconds:.3f} seconds')", []


def now_sql(offset: timedelta = timedelta()) -> str:
    """Write the clock into a statement that is written by hand: a subquery, which is read once.

    Read once, an index can be searched by it; every row would be asked otherwise.
    """
    node = DatabaseNow(offset)
    write = node.as_postgresql if connection.vendor == "postgresql" else node.as_sql
    sql, params = write(None, connection)
    for param in params:
        sql = sql.replace("%s", f"'{param}'", 1)
    return f"(SELECT {sql})"


def now() -> datetime:
    """Read the database's clock: an aware UTC instant."""
    if connection.vendor == "sqlite":
        return datetime.now(UTC)  # same machine, same clock: no statement needed
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    utc: datetime = moment.astimezone(UTC)
    return utc
