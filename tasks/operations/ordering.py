"""Giving a task its place in its owner's list: which key it gets, so that no two tasks share one.

How keys are spelled is rules/order.py. Everything here runs under the lock of the account.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from tasks.models import Agenda, Task
from tasks.rules.order import LAST_KEY_OF_ID, BadOrderKey, id_up_to, key_between, key_of_id, require_key
from tasktracker.core.unset import UNSET, Unset, given


@dataclass(frozen=True)
class Placement:
    """Where a caller wants a task. key: this key itself. after, before: between these; None is an end."""

    key: str | Unset = UNSET
    after: str | Unset | None = UNSET
    before: str | Unset | None = UNSET

    @property
    def is_empty(self) -> bool:
        return self == Placement()


def key_at_end(owner_id: int) -> str:
    """Make the key behind everything in the account's list. Raises NoRoom."""
    last = _placed(owner_id).order_by("-order_key").values_list("order_key", flat=True).first()
    return key_between(last if last and last > LAST_KEY_OF_ID else None, None)


def key_for(owner_id: int, task_id: UUID, wanted: Placement) -> str:
    """Make the key for a task that is moved.

    A given key that another task has is taken as "right after that one", so that the order stays total.
    Raises BadOrderKey (named after the field of Placement), NoRoom.
    """
    if not isinstance(wanted.key, Unset):
        key = require_key(wanted.key, field="key")
        return _key_after(owner_id, task_id, key, None) if _is_taken(owner_id, task_id, key) else key
    after, before = checked_gap(given(wanted.after, None), given(wanted.before, None))
    if after is not None:
        return _key_after(owner_id, task_id, after, before)
    return _key_before(owner_id, task_id, before) if before is not None else key_at_end(owner_id)


def checked_gap(after: str | None, before: str | None) -> tuple[str | None, str | None]:
    """Check the keys that a caller wants something between. Raises BadOrderKey."""
    if after is not None:
        require_key(after, field="after")
    if before is not None:
        require_key(before, field="before")
    if after is not None and before is not None and after >= before:
        raise BadOrderKey("before", "This is not behind the other one.")
    return after, before


def _key_after(owner_id: int, task_id: UUID, after: str, before: str | None) -> str:
    """Right after `after`: in front of whatever follows it by now, and of `before` at the latest."""
    others = _placed(owner_id).exclude(pk=task_id).filter(order_key__gt=after)
    following = others.order_by("order_key").values_list("order_key", flat=True).first()
    candidates = [key for key in (following, before) if key is not None]
    if after < LAST_KEY_OF_ID:
        unplaced = _unplaced(owner_id, task_id).filter(pk__gt=id_up_to(after)).order_by("pk")
        candidates += [key_of_id(next_id) for next_id in unplaced.values_list("pk", flat=True)[:1]]
    return key_between(after, min(candidates, default=None))


def _key_before(owner_id: int, task_id: UUID, before: str) -> str:
    """Right before `before`: behind whatever stands there by now."""
    others = _placed(owner_id).exclude(pk=task_id).filter(order_key__lt=before)
    preceding = others.order_by("-order_key").values_list("order_key", flat=True).first()
    key = key_between(preceding, before)
    if key > LAST_KEY_OF_ID:
        return key
    unplaced = _unplaced(owner_id, task_id).filter(pk__lte=id_up_to(before)).order_by("-pk")
    keys = [key_of_id(last_id) for last_id in unplaced.values_list("pk", flat=True)[:2]]
    return key_between(max([key for key in (preceding, *keys) if key and key < before], default=None), before)


def _is_taken(owner_id: int, task_id: UUID, key: str) -> bool:
    """Say whether another task has the key, or may have it by its id."""
    others = _placed(owner_id).exclude(pk=task_id)
    return key <= LAST_KEY_OF_ID or others.filter(order_key=key).exists()


def _placed(owner_id: int) -> QuerySet[Agenda]:
    return Agenda.objects.filter(owner_id=owner_id, order_key__isnull=False)


def _unplaced(owner_id: int, task_id: UUID) -> QuerySet[Task]:
    tasks = Task.objects.filter(owner_id=owner_id, deleted_at=None).exclude(pk=task_id)
    return tasks.exclude(pk__in=_placed(owner_id).values("pk"))
