"""How the feed says no: the bare words of the status. Its credential is the path itself.

What is shown stands in tasks.queries.deadlines, how it is written in ics.py.
"""

import re
from http import HTTPStatus
from typing import Final

from tasktracker.http.dialect import Dialect
from tasktracker.http.failures import Failure


def words(failure: Failure) -> str:
    """Say no as the feed does: the same words for every miss."""
    return HTTPStatus(failure.status).phrase


CALENDAR: Final = Dialect(
    name="calendar",
    title="Task Tracker: calendar feed",
    version="2",
    description="Tasks with deadlines as iCalendar.",
    mount="api2/calendar/",
    urlconf="calendarfeed.urls",
    paths=re.compile(r"/api2/calendar(/|$)"),
    body=words,
)
