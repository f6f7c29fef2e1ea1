"""A stake binds in every dialect: what may not be done while money hangs on a task.

Limits and charges of money belong in charges; what a trigger may do stands in triggering.py.
Source: README.md of the contract, "A stake binds in every dialect" and "Settled questions".
"""

from dataclasses import dataclass
from datetime import datetime

from tasks.rules.vocabulary import Status
from tasktracker.core.errors import Conflict


class StakeBinds(Conflict):
    """The request would make a staked task easier."""

    default_message = "A task with an open stake cannot be made easier."


class DeadlinePassed(StakeBinds):
    """The deadline of a staked task has passed: it can neither be completed nor reopened."""

    default_message = "The deadline of this staked task has passed."


class OwnerOnly(StakeBinds):
    """A completed staked task is reopened by its owner, with the owner's own credentials, or not at all."""

    default_message = "Only its owner can reopen a staked task."


@dataclass(frozen=True)
class Terms:
    """What a stake was put on. due_at: aware; None only without a stake."""

    title: str
    description: str
    due_at: datetime | None
    stake_cents: int | None


def is_bound(*, status: str, stake_cents: int | None) -> bool:
    """Tell whether money is still at risk: a stake on a task that is neither done nor expired.

    A task that was cancelled by other means than ours still counts: it was never completed.
    """
    return stake_cents is not None and status not in {Status.SUCCESS, Status.EXPIRED}


def has_passed(due_at: datetime | None, at: datetime) -> bool:
    """Tell whether a deadline has passed: the instant itself is too late."""
    return due_at is not None and due_at <= at


def is_final(*, status: str, stake_cents: int | None, due_at: datetime | None, at: datetime) -> bool:
    """Tell whether the stake is decided: expired, or completed and past the deadline."""
    if stake_cents is None:
        return False
    return status == Status.EXPIRED or (status == Status.SUCCESS and has_passed(due_at, at))


def is_easier(before: Terms, after: Terms) -> bool:
    """Tell whether a change of terms would let a staked task off lightly.

    No other text, no lower stake and no later deadline; a higher stake and an earlier deadline are fine.
    """
    if before.stake_cents is None:
        return False
    if (before.title, before.description) != (after.title, after.description):
        return True
    if after.stake_cents is None or after.stake_cents < before.stake_cents:
        return True
    return before.due_at is not None and (after.due_at is None or after.due_at > before.due_at)


def require_terms_kept(before: Terms, after: Terms, *, status: str, at: datetime) -> None:
    """Refuse a change of a staked task's terms that makes it easier, or comes after the decision.

    A completed one is still bound until its deadline, else complete, edit, reopen would be a way out. Nor can
    a deadline be moved to where it cannot be kept any more.  Raises StakeBinds, DeadlinePassed.
    """
    final = is_final(status=status, stake_cents=before.stake_cents, due_at=before.due_at, at=at)
    if is_easier(before, after) or (final and before != after):
        raise StakeBinds
    if before.stake_cents is not None and before.due_at != after.due_at and has_passed(after.due_at, at):
        raise DeadlinePassed("The deadline of a staked task cannot be moved into the past.")


def require_own_risk(before: Terms, after: Terms, *, is_owner: bool) -> None:
    """Refuse that anybody but its owner makes a stake harder to keep. Raises OwnerOnly."""
    if before.stake_cents is not None and before != after and not is_owner:
        raise OwnerOnly("Only its owner can change the terms of a staked task.")


def require_unbound(*, status: str, stake_cents: int | None) -> None:
    """Refuse to delete, cancel or archive a task while its stake is open. Raises StakeBinds."""
    if is_bound(status=status, stake_cents=stake_cents):
        raise StakeBinds
