"""Parallel guesses at one account: exactly the limit is looked at, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts.operations.guesses import TooManyGuesses, count_guess

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def is_let_through(_number: int) -> bool:
    try:
        count_guess(kind="sign_in", subject="ann@example.com", limit=10, seconds=300, at=AT)
    except TooManyGuesses:
        return False
    finally:
        connection.close()
    return True


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_are_counted_exactly() -> None:
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(is_let_through, range(80))) == 10
