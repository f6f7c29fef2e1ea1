"""The dialects in match order, most specific first: the only list of them.

What a dialect is, stands in its own folder; deleting that folder and its line here leaves the rest green.
"""

import re
from functools import lru_cache
from http import HTTPStatus

from calendarfeed.dialect import CALENDAR
from internal_api.dialect import MOBILE
from tasktracker.dialects.agents.dialect import AGENTS
from tasktracker.dialects.progress.dialect import PROGRESS
from tasktracker.dialects.stakes.dialect import STAKES
from tasktracker.dialects.todo.dialect import TODOS
from tasktracker.dialects.triggers.dialect import TRIGGERS
from tasktracker.dialects.uploads.dialect import UPLOADS
from tasktracker.http.dialect import Dialect
from tasktracker.http.failures import Failure

DIALECTS: tuple[Dialect, ...] = (
    TODOS,  # before triggers: /api/v1/user and /api/v1/auth-check are its own
    TRIGGERS,
    STAKES,
    MOBILE,
    AGENTS,
    PROGRESS,  # last: /api/{org}/{project} matches most
)
# Words and paths of their own, but no credential and no OpenAPI.
FEEDS: tuple[Dialect, ...] = (CALENDAR, UPLOADS)


def _site_words(failure: Failure) -> object:
    return {"error": HTTPStatus(failure.status).phrase}


# Everything that is no dialect: pages for people. Programs that stray there get JSON (handlers.py).
SITE = Dialect(
    name="site",
    title="Task Tracker",
    version="1",
    description="The web pages",
    mount="",
    urlconf="tasktracker.web.urls",
    paths=re.compile(r"/"),
    body=_site_words,
    uses_cookies=True,
)


@lru_cache(maxsize=256)  # several places ask for the path of the same request
def dialect_for(path: str) -> Dialect:
    """Find whose path this is."""
    return next((row for row in (*FEEDS, *DIALECTS) if row.matches(path)), SITE)


def is_page(path: str) -> bool:
    """Say whether people are served here, not programs of a dialect."""
    return dialect_for(path) is SITE
