"""The tags of an account, as their owner sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from accounts.rules.principal import Principal
from tasks.models import Tag
from tasks.rules.search import folded
from tasktracker.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class OwnTag:
    """A tag with the number of its to-dos."""

    id: UUID
    name: str
    color: str
    todos: int


def tags_of(principal: Principal, *, search: str = "", ids: Sequence[UUID] | None = None) -> list[OwnTag]:
    """List own tags by name. search: a part of the name, in any case. ids: only these."""
    rows = Tag.objects.filter(owner_id=principal.user_id)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    on_own_task = Q(uses__task__owner_id=principal.user_id, uses__task__deleted_at=None)
    counted = rows.annotate(todos=Count("uses", filter=on_own_task)).order_by()
    tags = [OwnTag(*row) for row in counted.values_list("pk", "name", "color", "todos")]
    wanted = folded(search)
    found = [tag for tag in tags if wanted in folded(tag.name)]
    return sorted(found, key=lambda tag: tag.name)  # here, as the databases sort each in its own way


def tag_of(principal: Principal, *, tag_id: UUID) -> OwnTag:
    """Read one own tag. Raises NotFound."""
    found = tags_of(principal, ids=[tag_id])
    if not found:
        raise NotFound("Tag not found")
    return found[0]


def number_of_tags(principal: Principal) -> int:
    """Count own tags."""
    return Tag.objects.filter(owner_id=principal.user_id).count()
