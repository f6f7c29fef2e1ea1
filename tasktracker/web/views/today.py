"""Today: what is due, at stake, running and failing, with what can be done about it in place.

What each list holds is decided in tasks.queries.today.
"""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tasks.queries.today import today_of
from tasks.rules.schedule import instant
from tasktracker.web.forms.tasks import QuickTaskForm
from tasktracker.web.views.page import Page


class TodayPage(Page):
    """The day of whoever has signed in."""

    template_name = "web/today/page.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(**self._contents())

    def _contents(self) -> dict[str, Any]:
        begins_at, ends_at = _bounds(self.at, ZoneInfo(self.user.time_zone))
        day = today_of(self.principal, at=self.at, begins_at=begins_at, ends_at=ends_at)
        return {"today": day, "form": QuickTaskForm(), "is_busy": bool(day.running)}


class Aside(TodayPage):
    """What changes by itself, for a page that is open. It counts in the limit of fragments (urls.py)."""

    http_method_names = ["get"]
    template_name = "web/today/aside.html"


def _bounds(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Find where the reader's day begins, and its last second."""
    day = timezone.localtime(at, zone).date()
    tomorrow = instant(day + timedelta(days=1), time(), zone)
    return instant(day, time(), zone), tomorrow - timedelta(seconds=1)
