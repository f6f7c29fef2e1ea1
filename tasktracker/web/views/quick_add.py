"""A task from one line: what was understood, the question before money, and the task.

What words mean is decided in tasks.rules.quick_add; the list that the line stands above is tasks.py.
"""

from abc import abstractmethod
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse

from charges.operations.quick_add import add_quickly
from tasks.rules.quick_add import QuickTask, read_line
from tasktracker.core.errors import DomainError
from tasktracker.web.forms.tasks import QuickTaskForm
from tasktracker.web.shapes import quick_words
from tasktracker.web.views.page import FormPage, Page, status_of


class Understood(Page):
    """What a line means, while it is typed. It counts in the limit of fragments (urls.py)."""

    http_method_names = ["get"]
    template_name = "web/tasks/understood.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        zone = ZoneInfo(self.user.time_zone)
        read = read_line(request.GET.get("title", "")[:500], at=self.at, zone=zone)
        return self.show(read=read if read.title else None, words=quick_words(read, zone))


class QuickAdd(FormPage):
    """A page with the line. Money is put at stake only after a question that names it."""

    read: QuickTask | None = None

    @property
    @abstractmethod
    def project_id(self) -> int | None:
        """Where the task goes; None is the Inbox."""

    def make_form(self, data: Any = None) -> QuickTaskForm:
        return QuickTaskForm(data)

    def act(self, form: QuickTaskForm) -> HttpResponse:
        zone, answer = ZoneInfo(self.user.time_zone), self.request.POST.get("stake")
        read = self.read = read_line(form.cleaned_data["title"], at=self.at, zone=zone)
        if read.stake_cents is not None and answer not in {"yes", "no"}:
            return self._ask_about_money()
        if answer == "no":
            read = replace(read, stake_cents=None)
        add_quickly(principal=self.principal, wanted=read, project_id=self.project_id, at=self.at)
        said = ", ".join(word.text for word in quick_words(read, zone))
        return self.go(self.next_url("task_list"), say=f"Added “{read.title}”{': ' if said else ''}{said}.")

    def refused(self, refusal: DomainError) -> HttpResponse:
        if self.read is None or self.request.POST.get("stake") != "yes":
            return super().refused(refusal)
        self.form.refused(refusal)
        return self._ask_about_money(status=status_of(refusal))

    def _ask_about_money(self, *, status: int = 200) -> HttpResponse:
        read = self.read or QuickTask(title="")
        return self.show(
            status=status,
            template="web/tasks/confirm_stake.html",
            form=self.form,
            read=read,
            words=quick_words(read, ZoneInfo(self.user.time_zone)),
            next=self.next_url("task_list"),
        )
