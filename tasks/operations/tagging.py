"""Putting tags on a task by their names; those that the account does not have yet are made.

Tags themselves are tags.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.queries.accounts import lock_account
from accounts.rules.principal import Principal
from tasks.models import Tag
from tasks.operations.tags import create_tag
from tasks.operations.todos import TodoChange, change_todo
from tasktracker.core.errors import Invalid, Problem

MOST: Final = 20


def tag_task(*, principal: Principal, task_id: UUID, names: Sequence[str], at: datetime) -> None:
    """Let a task of the caller's own have the tags of these names, and no others.

    names: trimmed; blank ones and repetitions say nothing.
    Raises NotFound (also for a team-mate's task), Invalid (too many), BadName.
    """
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(wanted) > MOST:
        raise Invalid(Problem("tags", "max_length", f"A task has at most {MOST} tags."))
    with transaction.atomic():
        lock_account(principal.user_id)  # before any task's, as everywhere
        own = Tag.objects.filter(owner_id=principal.user_id, name__in=wanted)
        known = dict(own.values_list("name", "pk"))
        for name in wanted:
            if name not in known:
                known[name] = create_tag(principal=principal, name=name, at=at).pk
        change = TodoChange(tag_ids=[known[name] for name in wanted])
        change_todo(principal=principal, task_id=task_id, change=change, at=at)
