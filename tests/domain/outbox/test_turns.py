"""Whose turn it is."""

import pytest

from tasktracker.outbox.rules.turns import next_turn


@pytest.mark.parametrize(
    ("served", "after", "turn"),
    [
        ([], 5, 5),
        ([6, 9, 7], 5, 9),
        ([6, 9, 2, 3], 5, 3),  # the circle has come round
        ([1, 2], 5, 2),
    ],
)
def test_the_next_claim_begins_behind_the_last_account_served(
    served: list[int], after: int, turn: int
) -> None:
    assert next_turn(served, after=after) == turn
