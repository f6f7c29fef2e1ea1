"""What the views of mobile share: who they belong to, and the answers that have no shape of their own."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse

from internal_api.dialect import MOBILE
from internal_api.shapes.reading import Body, paging
from internal_api.shapes.showing import collection
from tasktracker.core.paging import numbered_page
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.renderers import empty_answer, json_answer

DONE: Final = {204: OpenApiResponse(description="Done. The body is empty.")}


class MobileView(DialectView):
    dialect = MOBILE


def done() -> HttpResponse:
    """Answer a command or a deletion."""
    return empty_answer(status=204)


def listed(
    request: DialectRequest,
    rows: Any,
    shape: Callable[[Any], Body],
    *,
    read: Callable[[Sequence[Any]], Sequence[Any]] | None = None,
) -> HttpResponse:
    """Answer with the page of a list that was asked for. read: as numbered_page()."""
    return json_answer(collection(numbered_page(rows, **paging(request.query), read=read), shape))
