"""The one way a status changes: a compare-and-set UPDATE that follows a transition table.

The tables themselves live in each app's rules/states.py. Nobody assigns `.status`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from tasktracker.core.errors import Conflict

# event -> (statuses it may start from, the status it ends in)
Table = Mapping[str, tuple[frozenset[str], str]]


class StateConflict(Conflict):
    """The row is not in a status from which this event may happen."""


def advance(
    row: Model, table: Table, event: str, at: datetime, *, guard: Q | None = None, **changes: Any
) -> None:
    """Move `row` along `table` by `event`, in one UPDATE, and reflect it on the instance.

    at: stored in `updated_at` where the model has one. guard: a further condition that must hold
    in the same statement. changes: other columns to set with it.
    Raises StateConflict when no row matched; nothing is changed then.
    """
    sources, target = table[event]
    changes["status"] = target
    if any(field.name == "updated_at" for field in row._meta.concrete_fields):
        changes["updated_at"] = at
    condition = Q(pk=row.pk) & _is_one_of(sources) & (guard or Q())
    if not type(row)._base_manager.filter(condition).update(**changes):
        raise StateConflict(f"Cannot {event} from this state.")
    for name, value in changes.items():
        setattr(row, name, value)


def advance_all(rows: QuerySet[Any, Any], table: Table, event: str, **changes: Any) -> int:
    """Move all of `rows` that may follow `event` along `table`, in one UPDATE. Returns how many did.

    changes: other columns to set with it. The caller holds the locks that make the number meaningful.
    """
    moving, values = advancing(rows, table, event, **changes)
    return moving.update(**values)


def advancing(
    rows: QuerySet[Any, Any], table: Table, event: str, **changes: Any
) -> tuple[QuerySet[Any, Any], dict[str, Any]]:
    """Say what advance_all() would update, and to what: for core.compiled.CompiledUpdate."""
    sources, target = table[event]
    return rows.filter(_is_one_of(sources)), {**changes, "status": target}


def _is_one_of(statuses: frozenset[str]) -> Q:
    """Ask for a single status by `=`: SQLite finds a partial index by that, and reads all rows for IN."""
    if len(statuses) == 1:
        (status,) = statuses
        return Q(status=status)
    return Q(status__in=sorted(statuses))
