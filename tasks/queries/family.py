"""What stands around one task: its sub-tasks, and the tags that its owner put on it."""

from collections.abc import Sequence
from typing import Final

from accounts.rules.principal import Principal
from tasks.models import Tag, Task
from tasks.queries.tasks import listed, visible_to

CHILDREN_MOST: Final = 100


def children_of(principal: Principal, task: Task) -> Sequence[Task]:
    """List the sub-tasks of a task that the caller reaches, oldest first, archived ones left out."""
    rows = visible_to(principal).filter(parent=task.pk, archived_at=None)
    return list(listed(rows).order_by("pk")[:CHILDREN_MOST])


def tags_on(principal: Principal, task: Task) -> Sequence[Tag]:
    """List the tags on a task of the caller's own, by name; those of another's are nobody else's."""
    if task.owner_id != principal.user_id:
        return []
    tags = Tag.objects.filter(owner_id=principal.user_id, uses__task=task.pk)
    return sorted(tags, key=lambda tag: tag.name)  # here, as the databases sort each in its own way
