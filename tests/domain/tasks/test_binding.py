"""A stake binds: which changes make a staked task easier, and when a stake is decided."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks.rules.binding import (
    StakeBinds,
    Terms,
    is_bound,
    is_easier,
    is_final,
    require_terms_kept,
    require_unbound,
)
from tasks.rules.vocabulary import Status

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
DUE = AT + timedelta(days=1)
TERMS = Terms(title="Write", description="500 words", due_at=DUE, stake_cents=500)


@pytest.mark.parametrize(
    ("changes", "easier"),
    [
        ({}, False),
        ({"stake_cents": 501}, False),
        ({"stake_cents": 499}, True),
        ({"stake_cents": None}, True),
        ({"due_at": DUE - timedelta(microseconds=1)}, False),
        ({"due_at": DUE + timedelta(microseconds=1)}, True),
        ({"due_at": None}, True),
        ({"title": "Write!"}, True),
        ({"description": "5 words"}, True),
        ({"stake_cents": 1000, "due_at": DUE + timedelta(days=1)}, True),
        ({"stake_cents": 1000, "title": "Write more"}, True),
    ],
)
def test_what_makes_a_staked_task_easier(changes: dict[str, Any], easier: bool) -> None:
    assert is_easier(TERMS, replace(TERMS, **changes)) is easier


def test_without_a_stake_nothing_is_easier() -> None:
    free = replace(TERMS, stake_cents=None)

    assert not is_easier(free, Terms(title="", description="", due_at=None, stake_cents=None))
    assert not is_easier(free, TERMS)


@pytest.mark.parametrize("status", list(Status))
def test_a_stake_is_open_until_the_task_is_done_or_expired(status: Status) -> None:
    is_open = status not in {Status.SUCCESS, Status.EXPIRED}

    assert is_bound(status=status, stake_cents=500) is is_open
    assert is_bound(status=status, stake_cents=None) is False


def test_an_open_stake_refuses_what_ends_it() -> None:
    with pytest.raises(StakeBinds, match="cannot be made easier"):
        require_unbound(status="pending", stake_cents=100)

    require_unbound(status="success", stake_cents=100)


@pytest.mark.parametrize(
    ("status", "due_at", "final"),
    [
        ("success", DUE, False),
        ("success", AT, True),
        ("pending", AT, False),
        ("expired", DUE, True),
    ],
)
def test_when_a_stake_is_decided(status: str, due_at: datetime, final: bool) -> None:
    assert is_final(status=status, stake_cents=500, due_at=due_at, at=AT) is final
    assert is_final(status=status, stake_cents=None, due_at=due_at, at=AT) is False


def test_decided_terms_do_not_even_get_harder() -> None:
    harder = replace(TERMS, stake_cents=1000)

    require_terms_kept(TERMS, harder, status="pending", at=AT)
    require_terms_kept(TERMS, TERMS, status="expired", at=AT)
    with pytest.raises(StakeBinds):
        require_terms_kept(TERMS, harder, status="expired", at=AT)
    with pytest.raises(StakeBinds):
        require_terms_kept(TERMS, harder, status="success", at=DUE)
