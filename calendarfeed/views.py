"""The one call of the feed."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from django.utils.http import http_date

from accounts.operations.feeds import owner_of_feed
from calendarfeed import ics
from calendarfeed.dialect import CALENDAR
from tasks.queries.deadlines import deadlines_changed_at, open_deadlines
from tasktracker.http.addresses import client_address, limit_key
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.page_limits import limit_page

ICS: Final = "text/calendar; charset=utf-8"
_SECOND: Final = timedelta(seconds=1)


class Feed(DialectView):
    dialect = CALENDAR
    schemes = ()

    @method_decorator(limit_page(group="calendar"))
    def get(self, request: DialectRequest, token: str) -> HttpResponseBase:
        """Hand out the owner's pending deadlines; 304 when the caller has them already."""
        address = limit_key(client_address(request._request))
        owner = owner_of_feed(token=token.removesuffix(".ics"), address=address, at=request.at)
        changed_at = deadlines_changed_at(owner)  # first: a change meanwhile must not look older than it is
        body = ics.render(open_deadlines(owner), base_url=settings.TASKTRACKER_BASE_URL)
        return _conditional(request, body, changed_at)


def _conditional(request: DialectRequest, body: bytes, changed_at: datetime | None) -> HttpResponseBase:
    """Answer with the feed, or 304. The ETag is of the bytes, so it tells every change.

    Last-Modified has whole seconds: while its second may bring another change it confirms nothing.
    """
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    response = HttpResponse(body, content_type=ICS)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["ETag"] = etag
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    seconds = None
    if changed_at is not None:
        response.headers["Last-Modified"] = http_date(changed_at.timestamp())
        seconds = int(changed_at.timestamp()) if request.at - changed_at > 2 * _SECOND else None
    answer: HttpResponseBase | None = get_conditional_response(
        request._request, etag=etag, last_modified=seconds, response=response
    )
    return answer or response
