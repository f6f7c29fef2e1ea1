"""The task list, as rows or as a board, and making a task with everything that it can have.

The line above the list is quick_add.py, several tasks at once are bulk.py, the page of one task is task.py.
"""

from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse

from accounts.queries.projects import projects_visible_to
from accounts.rules.principal import Principal
from tasks.operations.editing import create_task
from tasks.queries.listing import board, narrowed_page
from tasks.queries.tags import tags_of
from tasks.queries.tasks import Shown
from tasktracker.web.filters import Filters, cursor, read_filters
from tasktracker.web.forms.tasks import Choices, NewTaskForm
from tasktracker.web.shapes import DUE_WORDS, LANE_WORDS, SHOWN_WORDS
from tasktracker.web.views.page import FormPage
from tasktracker.web.views.quick_add import QuickAdd


class TaskList(QuickAdd):
    """Tasks as they were asked for, and a line to add one."""

    template_name = "web/tasks/list.html"

    @property
    def query(self) -> Any:
        """Where the filters stand."""
        return self.request.GET

    @cached_property
    def filters(self) -> Filters:
        """What the list is narrowed to."""
        return read_filters(self.query)

    @property
    def project_id(self) -> int | None:
        return self.filters.project_id

    def extras(self) -> dict[str, Any]:
        filters = self.filters
        return {
            "filters": filters,
            "tabs": [(shown, SHOWN_WORDS[shown], filters.with_(shown=shown).query) for shown in Shown],
            "dues": DUE_WORDS.items(),
            "tags": tags_of(self.principal),
            "projects": project_choices(self.principal),
            "as_list": filters.with_(is_board=False).query,
            "as_board": filters.with_(is_board=True).query,
            "is_first_page": "before" not in self.query,
            **(self._board() if filters.is_board else self._page()),
        }

    def _page(self) -> dict[str, Any]:
        wanted = self.filters.narrowing(self.at, ZoneInfo(self.user.time_zone))
        before = cursor(self.query.get("before", ""))
        return {"page": narrowed_page(principal=self.principal, wanted=wanted, before=before)}

    def _board(self) -> dict[str, Any]:
        wanted = self.filters.narrowing(self.at, ZoneInfo(self.user.time_zone))
        columns = board(principal=self.principal, wanted=wanted)
        return {"columns": [(LANE_WORDS[column.lane], column) for column in columns]}


class NewTask(FormPage):
    """A task with everything that it can have."""

    template_name = "web/tasks/new.html"

    def make_form(self, data: Any = None) -> NewTaskForm:
        zone = self.user.time_zone
        projects = project_choices(self.principal)
        initial = {"title": self.request.GET.get("title", "")[:500]}
        return NewTaskForm(
            data, projects=projects, zone=ZoneInfo(zone), time_zone=zone, at=self.at, initial=initial
        )

    def act(self, form: NewTaskForm) -> HttpResponse:
        task = create_task(
            principal=self.principal,
            at=self.at,
            project_id=form.cleaned_data["project"],
            schedule=form.plan(),
            **form.values(),
        )
        return self.go("task", task.pk, say="The task is made.")


def project_choices(principal: Principal) -> Choices:
    """List the projects that a task can go to, own ones first; others are named with their organization."""
    projects = projects_visible_to(principal)
    own = [each for each in projects if each.organization.personal_of_id == principal.user_id]
    shared = [each for each in projects if each.organization.personal_of_id != principal.user_id]
    return [
        *((each.pk, each.name) for each in own),
        *((each.pk, f"{each.organization.name} / {each.name}") for each in shared),
    ]
