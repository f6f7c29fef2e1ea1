"""What the task list is narrowed to, as it lives in the URL: read, written back, and made a query.

Pure but for the reader's moment and zone, which are passed in.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.http import urlencode

from tasks.queries.listing import Narrowing
from tasks.queries.tasks import Shown
from tasks.rules.schedule import instant
from tasktracker.core.errors import NotFound
from tasktracker.core.ids import parse_id

_SEARCH_MAX: Final = 200
_ID_MAX: Final = 15  # digits


class DueIn(StrEnum):
    """When what is shown is due. WEEK: today and the six days after."""

    ANY = ""
    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    NONE = "none"


@dataclass(frozen=True)
class Filters:
    """What the list shows."""

    shown: Shown = Shown.OPEN
    search: str = ""
    project_id: int | None = None
    tag_id: UUID | None = None
    due: DueIn = DueIn.ANY
    is_staked: bool = False
    is_board: bool = False

    @property
    def query(self) -> str:
        """Write the filters as a query, without what is not said."""
        said = {
            "show": "" if self.shown is Shown.OPEN else self.shown.value,
            "q": self.search,
            "project": str(self.project_id or ""),
            "tag": str(self.tag_id or ""),
            "due": self.due.value,
            "staked": "1" if self.is_staked else "",
            "view": "board" if self.is_board else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab was chosen."""
        return replace(self, shown=Shown.OPEN, is_board=False) != Filters()

    def with_(self, **changes: Any) -> "Filters":
        """Change something."""
        return replace(self, **changes)

    def narrowing(self, at: datetime, zone: ZoneInfo) -> Narrowing:
        """Say it as the query takes it. zone: the reader's, in which days end."""
        return Narrowing(
            shown=self.shown,
            search=self.search,
            project_id=self.project_id,
            tag_id=self.tag_id,
            due_until=self._until(at, zone),
            is_undated=self.due is DueIn.NONE,
            is_staked=self.is_staked,
        )

    def _until(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Say how far to look ahead. What is overdue is due today, too."""
        today = at.astimezone(zone).date()
        days = {DueIn.TODAY: 1, DueIn.WEEK: 7}.get(self.due)
        if days:
            return instant(today + timedelta(days=days), time(), zone) - timedelta(seconds=1)
        return at if self.due is DueIn.OVERDUE else None


def read_filters(query: Any) -> Filters:
    """Read the filters of a URL; what makes no sense is not said."""
    shown, due, project = query.get("show", ""), query.get("due", ""), query.get("project", "")
    is_number = project.isascii() and project.isdecimal() and len(project) <= _ID_MAX
    return Filters(
        shown=Shown(shown) if shown in set(Shown) else Shown.OPEN,
        search=query.get("q", "").replace("\0", "").strip()[:_SEARCH_MAX],
        project_id=int(project) if is_number else None,
        tag_id=cursor(query.get("tag", "")),
        due=DueIn(due) if due in set(DueIn) else DueIn.ANY,
        is_staked=query.get("staked", "") == "1",
        is_board=query.get("view", "") == "board",
    )


def cursor(text: str) -> UUID | None:
    """Read an id in a URL; what is none says nothing."""
    try:
        return parse_id(text)
    except NotFound:
        return None
