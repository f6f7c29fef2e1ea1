"""Kinds of credentials and the scopes written on them.

Whether a scope's task exists is not known here: accounts lie below tasks.
"""

from typing import Final
from uuid import UUID

SESSION: Final = "session"  # a browser's sign-in; not a Credential row
STAKES_KEY: Final = "stakes_key"  # derived, not a Credential row (operations/derived_keys.py)
TRIGGERS_TOKEN: Final = "triggers_token"  # noqa: S105  # a word, not a secret
PROJECT_KEY: Final = "project_key"
PERSONAL_KEY: Final = "personal_key"
DEVICE_TOKEN: Final = "device_token"  # noqa: S105
CREDENTIAL_KINDS: Final = (TRIGGERS_TOKEN, PROJECT_KEY, PERSONAL_KEY, DEVICE_TOKEN)

USER_SCOPE: Final = "user"
_TASK_PREFIX: Final = "task:"


def task_scope(task_id: UUID) -> str:
    """Write the scope that reaches one task and nothing else."""
    return f"{_TASK_PREFIX}{task_id}"


def task_of_scope(scope: str) -> UUID | None:
    """Read the task out of a `task:<id>` scope in its one canonical spelling; None when it is none."""
    text = scope.removeprefix(_TASK_PREFIX)
    if not scope.startswith(_TASK_PREFIX) or not text.isascii():
        return None
    try:
        task_id = UUID(text)
    except ValueError:
        return None
    return task_id if str(task_id) == text else None


def is_triggers_scope(scope: str) -> bool:
    """Say whether `scope` is one that a triggers token can have: `user` or `task:<id>`."""
    return scope == USER_SCOPE or task_of_scope(scope) is not None


def allows_task(scopes: frozenset[str], task_id: UUID) -> bool:
    """Say whether triggers scopes allow acting on this task of the owner's."""
    return USER_SCOPE in scopes or task_scope(task_id) in scopes
