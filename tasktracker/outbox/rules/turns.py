"""Whose turn it is: accounts are served in a circle, by their number. Rows do not belong here."""

from collections.abc import Collection


def next_turn(served: Collection[int], *, after: int) -> int:
    """Return the account after which the next claim begins.

    served: the accounts of this claim, taken in a circle that began behind `after`.
    """
    if not served:
        return after
    wrapped = [account_id for account_id in served if account_id <= after]
    return max(wrapped or served)
