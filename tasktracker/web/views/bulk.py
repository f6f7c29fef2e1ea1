"""One thing done to the tasks that were chosen in a list: to all of them, or to none.

A refusal is shown above the list that they were chosen from.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from tasks.operations.bulk import archive_tasks, complete_tasks, delete_tasks, move_tasks
from tasks.queries.tasks import titles_of
from tasktracker.core.errors import DomainError, Invalid, Problem
from tasktracker.web.filters import cursor
from tasktracker.web.views.page import Operation, status_of
from tasktracker.web.views.tasks import TaskList

_OPERATIONS: Mapping[str, Operation] = {
    "complete": complete_tasks,
    "archive": archive_tasks,
    "delete": delete_tasks,
    "move": move_tasks,
}
_SAID = {"complete": "Done", "archive": "Archived", "delete": "Deleted", "move": "Moved"}


class BulkAction(TaskList):
    """What a list's form does. Deleting asks first."""

    http_method_names = ["post"]

    @property
    def query(self) -> Any:
        """The filters of the list that the form stands below."""
        return QueryDict(urlsplit(self.next_url("task_list")).query)

    def post(self, request: HttpRequest, **ids: Any) -> HttpResponse:
        self.form = self.make_form()
        action = request.POST.get("action", "")
        if action not in _OPERATIONS:
            raise Invalid(Problem("action", "invalid_choice", "Choose what to do with them."))
        task_ids = [found for text in request.POST.getlist("task") if (found := cursor(text))]
        if action == "delete" and task_ids and "sure" not in request.POST:
            return self._ask(task_ids)
        values: dict[str, Any] = {"project_id": self._target()} if action == "move" else {}
        count = _OPERATIONS[action](principal=self.principal, task_ids=task_ids, at=self.at, **values)
        said = f"{_SAID[action]}: {count} task{'' if count == 1 else 's'}."
        return self.go(self.next_url("task_list"), say=said)

    def refused(self, refusal: DomainError) -> HttpResponse:
        self.form = self.make_form()
        shown = {**self.extras(), "form": self.form, "here": self._here()}
        return self.show(status=status_of(refusal), refusal=refusal.message, **shown)

    def _target(self) -> int:
        project = self.request.POST.get("to", "")
        if not (project.isascii() and project.isdecimal() and len(project) < 16):
            raise Invalid(Problem("to", "required", "Choose the project that they go to."))
        return int(project)

    def _here(self) -> str:
        return f"{reverse('task_list')}?{self.filters.query}"

    def _ask(self, task_ids: list[Any]) -> HttpResponse:
        titles = titles_of(self.principal, task_ids)
        return self.show(
            template="web/tasks/bulk_delete.html", titles=titles, next=self.next_url("task_list")
        )
