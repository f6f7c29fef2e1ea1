"""One row per dialect of the registry: a call that works, how to spoil it, and the exact answers.

A new dialect gets a file with its row here; test_matrix.py fails until it has one.
"""

from collections.abc import Mapping

from tests.contract.rows.agents import AGENTS
from tests.contract.rows.mobile import MOBILE
from tests.contract.rows.progress import PROGRESS
from tests.contract.rows.stakes import STAKE_DUE_AT, STAKES
from tests.contract.rows.todo import TODO_LISTS
from tests.contract.rows.triggers import TRIGGERS
from tests.contract.rows.world import Answer, Call, Row, World

ROWS: Mapping[str, Row] = {
    "todo": TODO_LISTS,
    "triggers": TRIGGERS,
    "stakes": STAKES,
    "agents": AGENTS,
    "mobile": MOBILE,
    "progress": PROGRESS,
}
CASES = tuple(TRIGGERS.answers)

__all__ = ["CASES", "ROWS", "STAKE_DUE_AT", "Answer", "Call", "Row", "World"]
