"""What a scope `task:<id>` narrows: everything that its credential may do, to one task.

How scopes are written stands in accounts; scopes that name a right (`task:read`) are the dialects' business.
"""

from collections.abc import Iterable
from uuid import UUID

from accounts.rules.scopes import task_of_scope


def covers(scopes: Iterable[str], task_id: UUID) -> bool:
    """Tell whether these scopes reach a task that their owner can reach. Source: triggers.md C.3."""
    only = {task_of_scope(scope) for scope in scopes} - {None}
    return not only or task_id in only


def is_narrowed(scopes: Iterable[str]) -> bool:
    """Tell whether these scopes reach single tasks only, so that nothing of the whole account may be done."""
    return any(task_of_scope(scope) for scope in scopes)
