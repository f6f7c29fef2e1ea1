"""What happens around every request: its id, log line, host and path; cookies only where they are used.

Refusals are worded in handlers.py; nothing here knows a dialect but by its row.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
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
# Paths that end in a credential: a calendar's token, a mailed link's key (reliability.md 4.5).
_SECRET_TAIL = re.compile(
    r"^(/api2/calendar/|/accounts/confirm-email/|/accounts/password/reset/key/).+", re.DOTALL
)
_OWN_SLASHES = ("/admin", "/static/")


class _Middleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response


class RequestId(_Middleware):
    """Name the request: by the id it came with when that is a sane one, else by a new one."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        name = given if _SANE_ID.fullmatch(given) else uuid4().hex
        request_id.enter(name)
        try:
            response = self.get_response(request)
        finally:
            request_id.enter("")
        response.headers["X-Request-Id"] = name
        return response


class AccessLog(_Middleware):
    """Write one line per request, without query strings and without what is secret in a path."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        path = request.path_info
        response = self.get_response(request)
        if access_log.isEnabledFor(logging.INFO):
            caller = getattr(request, "caller", None)
            line = {
                "method": request.method,
                "path": _SECRET_TAIL.sub(r"\1[secret]", path),
                "status": response.status_code,
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                "dialect": dialect_for(path).name,
                "user_id": caller.user_id if caller else None,
                "address": client_address(request),
            }
            access_log.info("request", extra=line)
        return response


class TrustedHost(_Middleware):
    """Refuse a Host that is not ours before anything can echo it; Django looks only when asked for it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.get_host()
        return self.get_response(request)


class TrailingSlash(_Middleware):
    """Answer every path with and without a trailing slash, without a redirect. `request.path` stays.

    Dialects' patterns have none. A page answers to the spelling that its pattern does not have, too.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not is_page(path):
            request.path_info = path.removesuffix("/")
        elif not path.startswith(_OWN_SLASHES) and not path.endswith("//") and not is_valid_path(path):
            other = path[:-1] if path.endswith("/") else f"{path}/"
            if is_valid_path(other):
                request.path_info = other
        return self.get_response(request)


class AddressLimit(_Middleware):
    """Count calls by address, before authentication, where the dialect's row asks for it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = dialect_for(request.path_info).address_limit
        if name:
            try:
                ratelimit.consume(ratelimit.windows(name, limit_key(client_address(request))))
            except LimitExceeded as refusal:
                return refuse(request, failure_of(refusal))
        return self.get_response(request)


class PageBudget(AccountBudget):
    """The account's calls, pages and all, in its own words."""

    def refused(self, request: HttpRequest, refusal: LimitExceeded) -> HttpResponse:
        return refuse(request, failure_of(refusal))


class Refusals(_Middleware):
    """Word a refusal that a page's view lets through. DRF's views word their own."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refuse(request, failure_of(exception)) if isinstance(exception, DomainError) else None


# --- middleware of others, asleep on paths that they are not for (5 to 17 % of a request: PERFORMANCE.md) ---
class _WithCookies:
    def __call__(self, request: HttpRequest) -> Any:
        if dialect_for(request.path_info).uses_cookies:
            return super().__call__(request)  # type: ignore[misc]
        return self.get_response(request)  # type: ignore[attr-defined]


class _OnPages:
    def __call__(self, request: HttpRequest) -> Any:
        if is_page(request.path_info):
            return super().__call__(request)  # type: ignore[misc]
        return self.get_response(request)  # type: ignore[attr-defined]


class Sessions(_WithCookies, SessionMiddleware):
    """Sessions; and whatever a cookie's owner is shown stays out of caches."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        dialect_for(request.path_info).keep_private(response)
        return response


class Csrf(_WithCookies, CsrfViewMiddleware):
    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseForbidden | None:
        return super().process_view(request, *view) if dialect_for(request.path_info).uses_cookies else None


class Authentication(_WithCookies, AuthenticationMiddleware):
    pass


class Messages(_WithCookies, MessageMiddleware):
    pass


class ContentPolicy(_OnPages, CSPMiddleware):
    pass


class Frames(_OnPages, XFrameOptionsMiddleware):
    pass
