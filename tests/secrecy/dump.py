"""Prints every row of every table of the database, as text: python -m tests.secrecy.dump."""

import sys
from collections.abc import Iterator

import django


def rows() -> Iterator[str]:
    """Every row, with bytes as the text that they may be."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # no input
            for row in cursor.fetchall():
                yield f"{table} " + "|".join(_text(value) for value in row)


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)


if __name__ == "__main__":
    django.setup()
    sys.stdout.writelines(f"{row}\n" for row in rows())
