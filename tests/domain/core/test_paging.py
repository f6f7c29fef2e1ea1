"""Numbered pages: where they are cut, and what they cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tasktracker.core.paging import numbered_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def seven() -> list[int]:
    """The ids of seven accounts."""
    return [User.objects.create_user(f"u{number}@example.com").pk for number in range(7)]


@pytest.mark.parametrize(
    ("page", "per_page", "cut", "at", "next_page"),
    [
        (1, 3, slice(0, 3), 1, 2),
        (2, 3, slice(3, 6), 2, 3),
        (3, 3, slice(6, 7), 3, None),
        (4, 3, slice(6, 7), 3, None),
        (10**9, 7, slice(0, 7), 1, None),
        (1, 100, slice(0, 7), 1, None),
        (7, 1, slice(6, 7), 7, None),
    ],
)
def test_where_they_are_cut(
    seven: list[int], page: int, per_page: int, cut: slice, at: int, next_page: int | None
) -> None:
    found = numbered_page(User.objects.order_by("pk"), page=page, per_page=per_page)

    assert [user.pk for user in found.items] == seven[cut]
    assert (found.page, found.per_page, found.total, found.next_page) == (at, per_page, 7, next_page)


def test_of_nothing_there_is_one_page(db: None) -> None:
    found = numbered_page(User.objects.order_by("pk"), page=3, per_page=5)

    assert (found.items, found.page, found.total, found.next_page) == ([], 1, 0, None)


def test_two_statements_and_the_items_read_at_once(seven: list[int]) -> None:
    with CaptureQueriesContext(connection) as statements:
        rows = User.objects.order_by("pk")
        found = numbered_page(rows, page=1, per_page=2, read=lambda users: [len(users)])

    assert found.items == [2]
    assert len(statements) == 2
