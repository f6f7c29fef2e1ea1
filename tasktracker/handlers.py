"""Refusals outside DRF, in the words of the caller's dialect by path: 400, 403, 404, 500 and CSRF.

Inside DRF the dialect's own view does this (http/dialect.py).
"""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tasktracker.core.errors import Forbidden
from tasktracker.http.failures import Failure, Kind, failure_of
from tasktracker.http.renderers import prefers_html
from tasktracker.registry import dialect_for, is_page

_FOR_PEOPLE = {
    Kind.NO_SUCH_PATH: "There is nothing at this address.",
    Kind.NOT_FOUND: "It is not there, or not for you to see.",
    Kind.FORBIDDEN: "This is not for you to do. If you came from a form, go back, reload it and try again.",
    Kind.LIMIT_EXCEEDED: "That was too much in a short time. Wait a moment and try again.",
    Kind.UNAVAILABLE: "Something that we need is away. Try again in a moment.",
    Kind.SERVER_ERROR: "We made a mistake, and it is written down. Try again in a moment.",
}


def refuse(request: HttpRequest, failure: Failure, *, is_logged: bool = True) -> HttpResponse:
    """Tell the caller no, in its dialect's words; people get a page.

    is_logged: the access log says it all; False where Django is about to log the exception itself.
    """
    dialect = dialect_for(request.path_info)
    response = dialect.refusal(failure)
    response._has_been_logged = is_logged  # type: ignore[attr-defined]  # read by django.utils.log
    if is_page(request.path_info) and _is_person(request):
        title = HTTPStatus(response.status_code).phrase
        page = {"title": title, "text": _FOR_PEOPLE.get(failure.kind, failure.detail)}
        response.content = render_to_string("refusal.html", page).encode()
        response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


def _is_person(request: HttpRequest) -> bool:
    return prefers_html(request.META.get("HTTP_ACCEPT", "")) or "HTTP_HX_REQUEST" in request.META


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A bad host, too large a body, too many fields, an unreadable form."""
    return refuse(request, failure_of(exception), is_logged=False)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, failure_of(exception))


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, failure_of(exception))


def handler500(request: HttpRequest) -> HttpResponse:
    """A bug, or the database away. Django has logged it and told its listeners."""
    exception = sys.exc_info()[1]
    return refuse(request, failure_of(exception or RuntimeError()), is_logged=False)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's signature
    """A page's form without its token. The reason is for logs (Django writes it), not for callers."""
    return refuse(request, failure_of(Forbidden()))
