"""Scopes that narrow a credential to single tasks, and those that do not."""

from uuid import UUID

import pytest

from tasks.rules.scopes import covers, is_narrowed

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("scopes", "reached", "narrowed"),
    [
        (set(), {ONE, TWO}, False),
        ({"user"}, {ONE, TWO}, False),
        ({"task:read", "task:write"}, {ONE, TWO}, False),
        ({f"task:{ONE}"}, {ONE}, True),
        ({f"task:{ONE}", f"task:{TWO}"}, {ONE, TWO}, True),
        ({f"task:{ONE}", "task:read"}, {ONE}, True),
        ({f"task:{UUID(int=3)}"}, set(), True),
    ],
)
def test_what_scopes_reach(scopes: set[str], reached: set[UUID], narrowed: bool) -> None:
    assert {task_id for task_id in (ONE, TWO) if covers(scopes, task_id)} == reached
    assert is_narrowed(scopes) is narrowed
