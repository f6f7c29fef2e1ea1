"""The column type of order keys: texts that every database sorts by their bytes.

The keys themselves are rules/order.py.
"""

from typing import Any

from django.db import models

from tasks.rules.order import MAX_KEY


class OrderKeyField(models.CharField):  # type: ignore[type-arg]  # generic in the stubs only
    """An order key. PostgreSQL is told to compare bytes; SQLite does so by default (P20)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": MAX_KEY, **options})

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        return {**parameters, "collation": "C" if connection.vendor == "postgresql" else None}
