"""Tokens for the triggers dialect, as far as they name tasks.

What a token is, and whether it is good, is accounts.operations.credentials.
"""

from datetime import datetime

from accounts.operations.credentials import BadScope, IssuedToken, issue_triggers_token
from accounts.rules.principal import Principal
from accounts.rules.scopes import task_of_scope
from tasks.queries.tasks import reachable
from tasktracker.core.errors import NotFound


def issue_token(
    *, principal: Principal, name: str, scope: str, expires_at: datetime | None = None, at: datetime
) -> IssuedToken:
    """Make a token whose scope, where it is `task:<id>`, names a task that the caller reaches.

    Raises as issue_triggers_token(), BadScope also for a task that is not there.
    """
    task_id = task_of_scope(scope)
    if task_id is not None:
        try:
            reachable(principal, task_id)
        except NotFound:
            raise BadScope from None
    return issue_triggers_token(principal=principal, name=name, scope=scope, expires_at=expires_at, at=at)
