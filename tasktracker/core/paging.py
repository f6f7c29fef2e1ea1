"""Numbered pages of a list: cut out of a query in two statements, however long the list is.

Lists that are read on from a key (`before`) do not count and are not here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class NumberedPage(Generic[Item]):
    """One page. page: from 1, as it was cut. total: of all pages. next_page: None on the last."""

    items: Sequence[Item]
    page: int
    per_page: int
    total: int

    @property
    def next_page(self) -> int | None:
        return self.page + 1 if self.page * self.per_page < self.total else None


def numbered_page(
    rows: QuerySet[Row, Any],
    *,
    page: int,
    per_page: int,
    read: Callable[[Sequence[Row]], Sequence[Item]] | None = None,
) -> NumberedPage[Any]:
    """Cut a page out of rows that are in their order. Beyond the last page is the last one.

    page, per_page: 1 or more.  read: turns the page's rows into its items, all at once.
    """
    total = rows.order_by().count()
    last = max(1, -(-total // per_page))
    page = min(page, last)
    found = list(rows[(page - 1) * per_page : page * per_page])
    return NumberedPage(read(found) if read else found, page, per_page, total)
