"""What a new pending occurrence needs of its task, whether a person or a schedule asks for it.

The occurrence itself is made in operations. Source: README.md of the contract, "One task, six vocabularies".
"""

from datetime import datetime

from tasks.rules.binding import has_passed
from tasks.rules.vocabulary import Status


def why_not(
    *,
    status: str,
    is_archived: bool,
    stake_cents: int | None,
    due_at: datetime | None,
    at: datetime,
) -> str | None:
    """Say why a task can have no new pending occurrence; None when it can."""
    if is_archived:
        return "An archived task cannot be triggered."
    if status == Status.CANCELLED:
        return "A cancelled task cannot be triggered."
    if status == Status.EXPIRED:
        return "An expired task cannot be triggered."
    if stake_cents is not None and has_passed(due_at, at):
        return "A staked task cannot be triggered after its deadline."
    return None
