"""Making, changing and deleting an account's tags.

Putting them on tasks is todos.py.
"""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.queries.accounts import lock_account
from accounts.rules.names import given_name
from accounts.rules.principal import Principal
from tasks.models import Tag
from tasks.rules.planning import MAX_TAG_NAME, OFFERED_COLORS, TagColor
from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.core.unset import UNSET, Unset


class TagNameTaken(Invalid):
    """The account has a tag with this very name."""

    code = "tag_name_taken"

    def __init__(self) -> None:
        super().__init__(Problem("name", "taken", "A tag with the same name already exists"))


class BadTagColor(Invalid):
    """The colour is none that tags can have."""

    def __init__(self) -> None:
        super().__init__(Problem("color", "invalid_choice", f"Use one of {', '.join(TagColor)}."))


def create_tag(*, principal: Principal, name: str, color: str | None = None, at: datetime) -> Tag:
    """Make a tag of the caller's.

    name: trimmed; an account has each once, and case tells two apart. color: None = any.
    Raises BadName, BadTagColor, TagNameTaken.
    """
    values = _checked({"name": name, "color": color or random.choice(OFFERED_COLORS)})  # noqa: S311  # a colour
    try:
        with transaction.atomic():
            return Tag.objects.create(owner_id=principal.user_id, created_at=at, **values)
    except IntegrityError:
        raise TagNameTaken from None


def edit_tag(
    *, principal: Principal, tag_id: UUID, name: str | Unset = UNSET, color: str | Unset = UNSET
) -> None:
    """Change a tag of the caller's; what is UNSET stays.

    Raises NotFound, BadName, BadTagColor, TagNameTaken.
    """
    wanted = {"name": name, "color": color}
    values = _checked({key: value for key, value in wanted.items() if not isinstance(value, Unset)})
    own = Tag.objects.filter(pk=tag_id, owner_id=principal.user_id)
    try:
        with transaction.atomic():
            found = own.update(**values) if values else own.count()
    except IntegrityError:
        raise TagNameTaken from None
    if not found:
        raise NotFound("Tag not found")


def delete_tags(*, principal: Principal, tag_ids: Sequence[UUID]) -> int:
    """Delete those of these tags that are the caller's, and take them off every task. Returns how many."""
    with transaction.atomic():
        lock_account(principal.user_id)  # nobody puts one on a task meanwhile
        _, deleted = Tag.objects.filter(pk__in=tag_ids, owner_id=principal.user_id).delete()
    return deleted.get(Tag._meta.label, 0)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if "name" in values:
        values["name"] = given_name(values["name"], max_length=MAX_TAG_NAME)
    if "color" in values and values["color"] not in set(TagColor):
        raise BadTagColor
    return values
