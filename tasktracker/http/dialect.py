"""The row that makes a dialect, and the views that obey it: authenticate, limit, translate, render.

What a dialect says and does belongs to its own folder; no dialect is named here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from accounts.rules.principal import Principal
from accounts.rules.scopes import SESSION
from tasktracker.core import clock
from tasktracker.core.errors import BadCredential, NotSignedIn
from tasktracker.http import ratelimit
from tasktracker.http.addresses import client_address, limit_key
from tasktracker.http.authentication import Scheme, authenticate
from tasktracker.http.body import Query, pass_over, read_json, refuse_oversize
from tasktracker.http.cookie_writes import require_own_write
from tasktracker.http.failures import Failure, Kind, failure_of, report
from tasktracker.http.forms import is_form, read_form
from tasktracker.http.openapi import DialectSchema
from tasktracker.http.renderers import OrjsonRenderer, accepts_json, json_answer, text_answer

MEBIBYTE = 1024 * 1024
STATUSES: Mapping[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.INVALID: 422,
    Kind.RULE_BROKEN: 422,
    Kind.NOT_SIGNED_IN: 401,
    Kind.BAD_CREDENTIAL: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.NO_SUCH_PATH: 404,
    Kind.METHOD_NOT_ALLOWED: 405,
    Kind.NOT_ACCEPTABLE: 406,
    Kind.CONFLICT: 409,
    Kind.PAYMENT_REFUSED: 402,
    Kind.PAYMENT_MISSING: 400,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_MEDIA_TYPE: 415,
    Kind.LIMIT_EXCEEDED: 429,
    Kind.BAD_HOST: 400,
    Kind.BAD_REQUEST: 400,
    Kind.UNAVAILABLE: 503,
    Kind.SERVER_ERROR: 500,
}


@dataclass(frozen=True)
class Limit:
    """A limit of settings.TASKTRACKER_LIMITS and whose calls it counts together.

    by "credential": a session counts as its account.
    """

    name: str
    by: Literal["account", "credential", "address"] = "account"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One accent of the domain: whose paths these are, who may call, and how it says no.

    mount, urlconf: where the dialect's patterns hang ("api/v1/") and the module that has them.
    paths: matches every path of the dialect, routed or not. statuses: what differs from STATUSES.
    codes: the status of single refusals, by their code, where it differs from that of their kind.
    body: a failure in the dialect's words; text is sent as plain text. challenge: WWW-Authenticate of a 401.
    limits: counted for every call; a view adds its own. address_limit: counted before authentication.
    stranger_limit: counted by address for calls without a good credential.
    uses_cookies: browsers call, so sessions and the other middleware for them run.
    is_write_guarded: no write may come from another site's page, signed in or not (sign-in itself, P29).
    refusals: the exact JSON schema of the body for every status that the dialect refuses with.
    """

    name: str
    title: str
    version: str
    description: str
    mount: str
    urlconf: str
    paths: re.Pattern[str]
    body: Callable[[Failure], object]
    statuses: Mapping[Kind, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    refusals: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    schemes: tuple[Scheme, ...] = ()
    challenge: str = "Bearer"
    limits: tuple[Limit, ...] = ()
    address_limit: str | None = None
    stranger_limit: str | None = None
    max_body_bytes: int = MEBIBYTE
    is_body_parsed: bool = True
    is_accept_checked: bool = False
    uses_cookies: bool = False
    is_write_guarded: bool = False
    cache_control: str = "no-store"

    def matches(self, path: str) -> bool:
        return self.paths.match(path) is not None

    def failure_of(self, exc: BaseException) -> Failure:
        """Say what went wrong, with this dialect's status for it."""
        return self.judged(failure_of(exc))

    def judged(self, failure: Failure) -> Failure:
        """Give a failure this dialect's status."""
        status = self.codes.get(failure.code) or self.statuses.get(failure.kind) or STATUSES[failure.kind]
        return replace(failure, status=status)

    def refusal(self, failure: Failure) -> HttpResponse:
        """Render a failure in this dialect's words, with the headers that belong to its status."""
        failure = self.judged(failure)
        body = self.body(failure)
        if isinstance(body, str):
            response = text_answer(body, status=failure.status)
        else:
            response = json_answer(body, status=failure.status)
        if failure.status == 401:
            response.headers["WWW-Authenticate"] = self.challenge
        if failure.retry_after is not None and failure.status in (429, 503):
            response.headers["Retry-After"] = str(failure.retry_after)
        self.keep_private(response)
        return response

    def keep_private(self, response: HttpResponseBase) -> None:
        """Keep answers out of shared and private caches, unless the view has said how to cache its own."""
        response.headers.setdefault("Cache-Control", self.cache_control)
        if "Vary" in response.headers:
            patch_vary_headers(response, ("Authorization", "Cookie"))
        else:
            response.headers["Vary"] = "Authorization, Cookie"


class DialectRequest(Request):
    """What views get: who calls, at what moment, and what was sent, read strictly on first use."""

    caller: Principal | None = None
    view: "DialectView"

    @property
    def principal(self) -> Principal:
        """The caller of a view that is not for everybody."""
        if self.caller is None:
            raise NotSignedIn
        return self.caller

    @cached_property
    def at(self) -> datetime:
        """The moment of the call: the database's clock, as read with the credential where there was one."""
        return self.caller.at if self.caller else clock.now()

    @cached_property
    def query(self) -> Query:
        return Query(self._request.META.get("QUERY_STRING", ""))

    @property
    def address(self) -> str:
        """Where the call comes from, as limits count it."""
        return limit_key(client_address(self._request))

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files of a multipart form, where the view takes one."""
        self.data  # noqa: B018  # reads the body
        return self._files

    def _load_data_and_files(self) -> None:
        self._files: Mapping[str, bytes] = {}
        if self.view.takes_form and is_form(self._request):
            self._data, self._files = read_form(self._request, max_bytes=self.view.body_cap)
        else:
            self._data = read_json(
                self._request, max_bytes=self.view.body_cap, unique_keys=self.view.has_unique_keys
            )
        self._full_data = self._data


class DialectView(APIView):
    """A view of one dialect. Handlers validate, call one operation and shape its answer; they never refuse.

    limits: the view's own, beside the dialect's. schemes: None for the dialect's; () for everybody.
    has_unique_keys: refuse bodies that name a key twice (money). max_body_bytes: None for the dialect's.
    takes_form: a write with a cookie may carry a multipart form, which the view checks itself.
    """

    dialect: ClassVar[Dialect]
    limits: ClassVar[tuple[Limit, ...]] = ()
    schemes: ClassVar[tuple[Scheme, ...] | None] = None
    has_unique_keys: ClassVar[bool] = False
    max_body_bytes: ClassVar[int | None] = None
    takes_form: ClassVar[bool] = False

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    renderer_classes = (OrjsonRenderer,)
    parser_classes = ()
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    schema = DialectSchema()
    request: DialectRequest

    @property
    def body_cap(self) -> int:
        """How many bytes a body may have here."""
        return self.max_body_bytes or self.dialect.max_body_bytes

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}  # DRF would send Allow with every answer

    def schemes_for(self, method: str) -> tuple[Scheme, ...]:
        """How callers of this method show who they are; () for everybody. A view may ask them differently."""
        return self.dialect.schemes if self.schemes is None else self.schemes

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> DialectRequest:
        wrapped = DialectRequest(request, negotiator=_NEGOTIATOR)
        wrapped.view = self
        return wrapped

    def initial(self, request: DialectRequest, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Everything that can refuse a call before its handler runs."""
        dialect = self.dialect
        if dialect.is_accept_checked and not accepts_json(request.META.get("HTTP_ACCEPT", "")):
            raise NotAcceptable
        schemes = self.schemes_for(request.method or "")
        if schemes:
            request.caller = self._authenticated(request._request, schemes)
            request._request.caller = request.caller  # type: ignore[attr-defined]  # for the access log
        if dialect.is_write_guarded or (request.caller is not None and request.caller.kind == SESSION):
            require_own_write(request._request, takes_form=self.takes_form)
        self._count(request)
        refuse_oversize(request._request, max_bytes=self.body_cap)
        if not dialect.is_body_parsed:
            pass_over(request._request, max_bytes=self.body_cap)

    def _authenticated(self, request: HttpRequest, schemes: Sequence[Scheme]) -> Principal:
        try:
            return authenticate(request, schemes)
        except (NotSignedIn, BadCredential):
            if self.dialect.stranger_limit:
                address = limit_key(client_address(request))
                ratelimit.consume(ratelimit.windows(self.dialect.stranger_limit, address))
            raise

    def _count(self, request: DialectRequest) -> None:
        """Count this call in all its windows at once; one with a wrong method only in the dialect's."""
        limits = self.dialect.limits + (self.limits if self._is_allowed(request.method) else ())
        windows = [window for limit in limits for window in _windows(limit, request)]
        if windows:
            ratelimit.consume(windows)

    def _is_allowed(self, method: str | None) -> bool:
        name = (method or "").lower()
        return name in self.http_method_names and hasattr(self, name)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        failure = self.dialect.failure_of(exc)
        report(exc, failure, self.request._request)
        response = self.dialect.refusal(failure)
        response._has_been_logged = True  # type: ignore[attr-defined]  # by report() and the access log
        if failure.status == 405:
            response.headers["Allow"] = ", ".join(self.allowed_methods)
        return response

    def finalize_response(  # type: ignore[override]
        self,
        request: Request,
        response: HttpResponseBase,
        *args: Any,
        **kwargs: Any,
    ) -> HttpResponseBase:
        if isinstance(response, Response):
            response.accepted_renderer = _RENDERER
            response.accepted_media_type = OrjsonRenderer.media_type
            response.renderer_context = {}  # type: ignore[attr-defined]
        self.dialect.keep_private(response)
        return response


class DialectViewSet(ViewSetMixin, DialectView):  # type: ignore[misc]
    """Several actions of one dialect under one class; mount it with `as_view({"get": "list", ...})`."""


_RENDERER = OrjsonRenderer()
_NEGOTIATOR = BaseContentNegotiation()  # DRF's request wants one; nothing asks it


def _windows(limit: Limit, request: DialectRequest) -> tuple[ratelimit.Window, ...]:
    if limit.by == "address":
        return ratelimit.windows(limit.name, request.address)
    caller = request.caller
    if caller is None:
        return ()  # a view for everybody: there is no account to count
    whose = caller.user_id if limit.by == "account" else caller.credential_id
    return ratelimit.windows(limit.name, whose or f"account:{caller.user_id}")
