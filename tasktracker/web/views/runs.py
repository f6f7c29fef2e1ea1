"""Runs of a task: the list, a new one, and the page of one with its log and its files.

What a run does is tasks.operations.runs. The log as it is written comes from the agents dialect's stream.
"""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tasks.operations.artifacts import WholeFile, add_files, stage_files
from tasks.operations.runs import cancel_run, start_run
from tasks.queries.artifacts import file_by_id
from tasks.queries.run_logs import log_page
from tasks.queries.runs import ShownRun, run_of, run_page
from tasks.queries.tasks import reachable
from tasks.rules.artifacts import ArtifactType
from tasks.rules.run_requests import RunRequest
from tasks.rules.run_states import is_over
from tasks.rules.session_logs import LogFilter
from tasktracker.core.errors import DomainError
from tasktracker.http.files import file_answer
from tasktracker.web.forms.runs import FilesForm, RunForm
from tasktracker.web.run_log import log_line
from tasktracker.web.views.page import FormPage, Page, status_of

_PAGE = 25
_LINES = 500
_DIGITS = 6


class RunList(Page):
    """All runs of a task, newest first."""

    template_name = "web/runs/list.html"

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        task, number = reachable(self.principal, task_id), _page_number(request.GET.get("page", ""))
        runs = run_page(self.principal, task_id, limit=_PAGE, offset=(number - 1) * _PAGE)
        return self.show(task=task, runs=runs, number=number, has_more=runs.count > number * _PAGE)


class NewRun(FormPage):
    """Ask for a run: what it is told, and files for it."""

    template_name = "web/runs/new.html"

    def make_form(self, data: Any = None) -> RunForm:
        return RunForm(data, self.request.FILES if data is not None else None)

    def act(self, form: RunForm) -> HttpResponse:
        task_id = self.kwargs["task_id"]
        files = [_file(each, ArtifactType.USER_ATTACHMENT) for each in form.cleaned_data["uploads"]]
        staged = stage_files(principal=self.principal, task_id=task_id, files=files, at=self.at)
        request = RunRequest(
            user_message=form.cleaned_data["message"] or None,
            branch=form.cleaned_data["branch"] or None,
            artifact_ids=tuple(entry.id.hex for entry in staged),
        )
        run = start_run(principal=self.principal, task_id=task_id, request=request, at=self.at)
        return self.go("run", task_id, run.pk, say="The run waits for a runner.")

    def extras(self) -> dict[str, Any]:
        return {"task": reachable(self.principal, self.kwargs["task_id"])}


class RunPage(Page):
    """One run: how it stands, its log, its files."""

    template_name = "web/runs/run.html"

    @cached_property
    def shown(self) -> ShownRun:
        """The run, with its manifest."""
        return run_of(self.principal, self.kwargs["task_id"], self.kwargs["run_id"])

    def get(self, request: HttpRequest, **_ids: UUID) -> HttpResponse:
        return self.show_run()

    def show_run(self, *, status: int = 200, refusal: str = "") -> HttpResponse:
        """Show the run as it is now."""
        return self.show(status=status, refusal=refusal, **self.standing(), **self.log())

    def standing(self) -> dict[str, Any]:
        """How the run stands, and its files."""
        task, run = reachable(self.principal, self.kwargs["task_id"]), self.shown.run
        return {"task": task, "run": run, "files": self.shown.manifest, "is_over": is_over(run.status)}

    def log(self) -> dict[str, Any]:
        """The last lines of its log."""
        first = max(0, self.shown.run.log_count - _LINES)
        page = log_page(self.shown.run, which=LogFilter(), limit=_LINES, offset=first)
        lines = [log_line(entry) for entry in page.entries]
        return {"lines": lines, "first": first, "next": first + len(lines), "form": FilesForm()}

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_run(status=status_of(refusal), refusal=refusal.message)


class RunStanding(RunPage):
    """How it stands alone, for a page that is open. It counts in the limit of fragments (urls.py)."""

    http_method_names = ["get"]
    template_name = "web/runs/standing.html"

    def show_run(self, *, status: int = 200, refusal: str = "") -> HttpResponse:
        return self.show(status=status, refusal=refusal, **self.standing())


class CancelRun(RunPage):
    """End a run. Its runner hears of it with its next call."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, task_id: UUID, run_id: UUID) -> HttpResponse:
        _, was_open = cancel_run(principal=self.principal, task_id=task_id, run_id=run_id, at=self.at)
        said = "The run is cancelled." if was_open else "The run had ended before."
        return self.go("run", task_id, run_id, say=said)


class AddFiles(RunPage):
    """Give a run files."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, task_id: UUID, run_id: UUID) -> HttpResponse:
        form = FilesForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.show_run(status=422, refusal=form.first_error())
        files = [_file(each, ArtifactType.CONTEXT) for each in form.cleaned_data["uploads"]]
        add_files(principal=self.principal, task_id=task_id, run_id=run_id, files=files, at=self.at)
        return self.go("run", task_id, run_id, say="The files are with the run.")


class RunFile(Page):
    """A file of a run, as an attachment."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, artifact_id: UUID, **_ids: UUID) -> HttpResponseBase:
        return file_answer(file_by_id(principal=self.principal, artifact_id=artifact_id))


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= _DIGITS and int(text) else 1


def _file(upload: Any, type_: ArtifactType) -> WholeFile:
    return WholeFile(
        name=upload.name,
        type=str(type_),
        content=upload.read(),
        source="web",
        content_type=(upload.content_type or "")[:255],
    )
