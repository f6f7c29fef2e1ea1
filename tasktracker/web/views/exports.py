"""The copy of everything that an account has: ask for one, see how far it is, fetch it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from accounts.operations.exports import ask_for_export, fetch_export
from accounts.queries.exports import exports_of
from tasktracker.web.views.page import Page


class Exports(Page):
    """The newest exports, and a button for one more."""

    template_name = "web/settings/export.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        exports = [(export, export.is_ready(self.at)) for export in exports_of(self.principal)]
        return self.show(exports=exports, is_open=any(each.finished_at is None for each, _ in exports))

    def post(self, request: HttpRequest) -> HttpResponse:
        ask_for_export(principal=self.principal, at=self.at)
        return self.go("exports", say="Your export is being written.")


class ExportState(Exports):
    """The list alone, for a page that is open. It counts in the limit of fragments (urls.py)."""

    http_method_names = ["get"]
    template_name = "web/settings/export_state.html"


class FetchExport(Page):
    """The file."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, export_id: UUID) -> Any:
        export, chunks = fetch_export(principal=self.principal, export_id=export_id, at=self.at)
        response = StreamingHttpResponse(chunks, content_type="application/zip")
        response.headers["Content-Length"] = str(export.size)
        name = f"task-tracker-{export.created_at:%Y-%m-%d}.zip"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "no-store"
        return response
