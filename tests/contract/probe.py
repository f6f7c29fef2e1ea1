"""Two dialects that only tests speak, to try the glue from all sides; and the urlconf that mounts them.

PROBE leaves everything to the defaults and reads bodies. ODD overrides whatever a row can override.
"""

import re
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework import serializers
from rest_framework.response import Response

from accounts.operations.credentials import check_triggers_claims
from accounts.rules.principal import Principal
from tasktracker import urls
from tasktracker.core import errors
from tasktracker.http import fields
from tasktracker.http.authentication import BearerToken
from tasktracker.http.dialect import Dialect, DialectRequest, DialectView, DialectViewSet, Limit
from tasktracker.http.failures import Failure, Kind
from tasktracker.http.renderers import json_answer
from tasktracker.http.tokens import claims_of

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def _check_token(text: str) -> Principal:
    return check_triggers_claims(claims_of(text))


def _whole_failure(failure: Failure) -> object:
    problems = [[problem.field, problem.code] for problem in failure.problems]
    return {"kind": failure.kind, "code": failure.code, "detail": failure.detail, "problems": problems}


def _text(failure: Failure) -> object:
    return f"no: {failure.kind}"


PROBE = Dialect(
    name="probe",
    title="Probe",
    version="0",
    description="",
    mount="probe/",
    urlconf="tests.contract.probe_urls",
    paths=re.compile(r"/probe(/|$)"),
    body=_whole_failure,
    schemes=(BearerToken(_check_token),),
    is_accept_checked=True,
)
ODD = Dialect(
    name="odd",
    title="Odd",
    version="0",
    description="",
    mount="odd/",
    urlconf="tests.contract.probe_urls",
    paths=re.compile(r"/odd(/|$)"),
    body=_text,
    statuses={
        Kind.NOT_SIGNED_IN: 403,
        Kind.METHOD_NOT_ALLOWED: 404,
        Kind.TOO_LARGE: 400,
        Kind.UNAVAILABLE: 500,
    },
    schemes=(BearerToken(_check_token),),
    challenge='Bearer realm="odd"',
    limits=(Limit("odd-key", by="credential"), Limit("odd-address", by="address")),
    address_limit="odd-strangers",
    max_body_bytes=1000,
    cache_control="no-store, private",
)


class Echo(DialectView):
    """Says what it read."""

    dialect = PROBE

    def post(self, request: DialectRequest) -> HttpResponse:
        return json_answer({"got": request.data})

    def get(self, request: DialectRequest) -> HttpResponse:
        return json_answer({"q": request.query.text("q"), "user_id": request.principal.user_id})


class Money(Echo):
    has_unique_keys = True


class Small(DialectView):
    """Takes less than its dialect, and does not look at it."""

    dialect = PROBE
    max_body_bytes = 10

    def post(self, _request: DialectRequest) -> HttpResponse:
        return json_answer("done")


class OddEcho(Echo):
    dialect = ODD


class FormIn(serializers.Serializer[Any]):
    cents = fields.WholeNumber(min_value=100, max_value=99_999_999)
    due = fields.EpochSeconds(required=False)
    title = fields.Text(max_length=5, required=False)
    task = fields.Id(required=False)


class Form(DialectView):
    """Says what its strict fields made of it; for everybody."""

    dialect = PROBE
    schemes = ()

    def post(self, request: DialectRequest) -> HttpResponse:
        form = FormIn(data=request.data)
        form.is_valid(raise_exception=True)
        return json_answer({name: str(value) for name, value in form.validated_data.items()})


REFUSALS: dict[str, Exception] = {
    "invalid": errors.Invalid(errors.Problem("cents", "min_value", "Too little.")),
    "rule": errors.RuleBroken("Not on a Sunday."),
    "forbidden": errors.Forbidden(),
    "not-found": errors.NotFound(),
    "conflict": errors.Conflict(),
    "payment": errors.PaymentRefused("Your card was declined."),
    "limit": errors.LimitExceeded(2.1),
    "unavailable": errors.Unavailable(retry_after=7),
    "outage": OperationalError("the server closed the connection unexpectedly"),
    "bug": RuntimeError("secret detail"),
}


class Refuse(DialectView):
    """Raises what its path names; for everybody."""

    dialect = PROBE
    schemes = ()

    def get(self, _request: DialectRequest, what: str) -> HttpResponse:
        raise REFUSALS[what]


class OddRefuse(Refuse):
    dialect = ODD


class Things(DialectViewSet):
    """Two actions under one class, rendered by DRF's own Response."""

    dialect = PROBE

    def list(self, _request: DialectRequest) -> Response:
        return Response([1, 2])

    def create(self, request: DialectRequest) -> Response:
        return Response(request.data, status=201)


def page(request: HttpRequest) -> HttpResponse:
    """A page for people: it uses their session."""
    request.session["seen"] = True
    return HttpResponse("<p>page</p>")


def refusing_page(_request: HttpRequest, what: str) -> HttpResponse:
    """A page whose operation refuses, or fails."""
    raise REFUSALS[what]


PROBE_PATHS = [
    path("echo", Echo.as_view()),
    path("money", Money.as_view()),
    path("small", Small.as_view()),
    path("form", Form.as_view()),
    path("refuse/<str:what>", Refuse.as_view()),
    path("things", Things.as_view({"get": "list", "post": "create"})),
]
ODD_PATHS = [path("echo", OddEcho.as_view()), path("refuse/<str:what>", OddRefuse.as_view())]
urlpatterns = [
    path("probe/", include((PROBE_PATHS, "probe"))),
    path("odd/", include((ODD_PATHS, "odd"))),
    path("page/", page),
    path("bare-page", page),
    path("refusing-page/<str:what>", refusing_page),
    *urls.urlpatterns,
]
