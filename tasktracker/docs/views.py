"""Documentation for callers: guides, a Swagger UI page for each dialect, the OpenAPI documents themselves.

Strict CSP: no inline script or style, so Swagger UI is started by our own static file.
"""

import json
from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from tasktracker.docs import guides, limits
from tasktracker.http.dialect import Dialect
from tasktracker.http.openapi import document
from tasktracker.http.page_limits import limit_page
from tasktracker.http.renderers import JSON
from tasktracker.registry import DIALECTS

_public = cache_control(public=True, max_age=300)


@limit_page()
@_public
def index(request: HttpRequest) -> HttpResponse:
    """List what there is to read."""
    return render(request, "docs/index.html", {"dialects": DIALECTS})


@limit_page()
@_public
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """Show a guide: of a dialect, or one that belongs to all."""
    if name not in guides.FILES:
        raise Http404
    dialect = next((dialect for dialect in DIALECTS if dialect.name == name), None)
    return render(request, "docs/guide.html", {"guide": guides.guide(name), "dialect": dialect})


@limit_page()
@_public
def limit_list(request: HttpRequest) -> HttpResponse:
    """Show the limits that hold here."""
    context = {"calls": limits.call_limits(), "guesses": limits.guess_limits()}
    return render(request, "docs/limits.html", context)


@limit_page()
@_public
def reference(request: HttpRequest, name: str) -> HttpResponse:
    """Show one dialect in Swagger UI."""
    return render(request, "docs/swagger.html", {"dialect": _dialect(name)})


@limit_page()
@_public
def openapi(_request: HttpRequest, name: str) -> HttpResponse:
    """Hand out the OpenAPI document of one dialect."""
    return HttpResponse(document_text(_dialect(name).name), content_type=JSON)


@cache  # views and rows do not change while the process lives
def document_text(name: str) -> str:
    """Write the OpenAPI document of the dialect `name` as it is committed in docs/openapi/."""
    return json.dumps(document(_dialect(name)), indent=2, ensure_ascii=False) + "\n"


def _dialect(name: str) -> Dialect:
    for dialect in DIALECTS:
        if dialect.name == name:
            return dialect
    raise Http404
