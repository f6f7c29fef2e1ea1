"""What happens around every request: its id and log line, its host and path, and which lane it takes.

Refusals are worded in handlers.py; nothing here knows a dialect but by its row.
"""

import logging
import re
import threading
import time
from collections.abc import Callable
from uuid import uuid4

from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import is_valid_path

from tasktracker.core import request_id
from tasktracker.core.errors import DomainError, LimitExceeded
from tasktracker.handlers import refuse
from tasktracker.http import ratelimit
from tasktracker.http.addresses import client_address, limit_key
from tasktracker.http.failures import failure_of
from tasktracker.http.page_limits import AccountBudget
from tasktracker.registry import dialect_for, is_page

GetResponse = Callable[[HttpRequest], HttpResponseBase]

access_log = logging.getLogger("tasktracker.access")

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Paths that end in a credential: a calendar's token, a picture's name, a mailed link's key (4.5).
_SECRET_TAIL = re.compile(
    r"^(/api2/calendar/|/api/v1/user/pictures/|/accounts/confirm-email/|/accounts/password/reset/key/"
    r"|/unsubscribe/|/invitations/).+",
    re.DOTALL,
)
_WITHOUT_LENGTH = frozenset({204, 304})
_OWN_SLASHES = ("/admin", "/static/")
_MOST_HOSTS = 64
_view_itself = threading.local()  # while Django builds its chain: what stands inside of all middleware


class _Middleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response


class Envelope(_Middleware):
    """Name the request, time it, and write one line about it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        name = given if _SANE_ID.fullmatch(given) else uuid4().hex
        path = request.path_info
        request_id.enter(name)
        try:
            response = self.get_response(request)
            if access_log.isEnabledFor(logging.INFO):
                access_log.info("request", extra={"access": _line(request, path, response, started)})
        finally:
            request_id.enter("")
        response.headers["X-Request-Id"] = name
        if isinstance(response, HttpResponse) and response.status_code not in _WITHOUT_LENGTH:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _line(request: HttpRequest, path: str, response: HttpResponseBase, started: float) -> dict[str, object]:
    """Say what happened, without the query string and without what is secret in the path."""
    caller = getattr(request, "caller", None)
    person = getattr(request, "_cached_user", None)  # a page's, if it asked for request.user
    return {
        "method": request.method,
        "path": _SECRET_TAIL.sub(r"\1[secret]", path),
        "status": response.status_code,
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        "dialect": dialect_for(path).name,
        "user_id": caller.user_id if caller else getattr(person, "pk", None),
        "address": client_address(request),
    }


class Entrance(_Middleware):
    """Check the host, settle the path's spelling, count the address, and choose the lane.

    Programs' calls go straight to their view: all middleware below this one is for browsers (sessions, CSRF,
    messages, CSP) and would cost every call a third of its time.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._straight: GetResponse = _view_itself.get_response
        self._known_hosts: set[str] = set()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        dialect = dialect_for(request.path_info)
        try:
            self._check_host(request)
            if dialect.address_limit:
                address = limit_key(client_address(request))
                ratelimit.consume(ratelimit.windows(dialect.address_limit, address))
        except (DisallowedHost, LimitExceeded) as refusal:
            return refuse(request, failure_of(refusal))
        _settle_spelling(request)
        lane = self.get_response if dialect.uses_cookies else self._straight
        return lane(request)

    def _check_host(self, request: HttpRequest) -> None:
        """Refuse a Host that is not ours before anything can echo it; Django looks only when asked for it."""
        host = request.META.get("HTTP_HOST", "")
        if host not in self._known_hosts:
            request.get_host()
            if len(self._known_hosts) < _MOST_HOSTS:  # one name may come with any port
                self._known_hosts.add(host)


def _settle_spelling(request: HttpRequest) -> None:
    """Let every path answer with and without a trailing slash, without a redirect. `request.path` stays.

    Dialects' patterns have none. A page answers to the spelling that its pattern does not have, too.
    """
    path = request.path_info
    if not is_page(path):
        request.path_info = path.removesuffix("/")
    elif not path.startswith(_OWN_SLASHES) and not path.endswith("//") and not is_valid_path(path):
        other = path[:-1] if path.endswith("/") else f"{path}/"
        if is_valid_path(other):
            request.path_info = other


# --- for browsers -------------------------------------------------------------------------------------------
class Sessions(SessionMiddleware):
    """Sessions; and whatever a cookie's owner is shown stays out of caches."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        dialect_for(request.path_info).keep_private(response)
        return response


class PageBudget(AccountBudget):
    """The account's calls, pages and all, in its own words."""

    def refused(self, request: HttpRequest, refusal: LimitExceeded) -> HttpResponse:
        return refuse(request, failure_of(refusal))


class Refusals(_Middleware):
    """Word a refusal that a page's view lets through; DRF's views word their own. The innermost of all."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        _view_itself.get_response = get_response  # Django builds the chain from the inside, in one thread

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refuse(request, failure_of(exception)) if isinstance(exception, DomainError) else None
