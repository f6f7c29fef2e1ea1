"""The task list, and making a task.

The page of one task is task.py.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.queries.projects import projects_visible_to
from accounts.rules.principal import Principal
from tasks.operations.editing import create_task
from tasks.queries.tasks import Shown, TaskPage, task_page
from tasktracker.core.errors import NotFound
from tasktracker.core.ids import parse_id
from tasktracker.web.forms.tasks import Choices, NewTaskForm, QuickTaskForm
from tasktracker.web.views.page import FormPage

_SEARCH_MAX = 200


@dataclass(frozen=True)
class Filters:
    """What the list shows; it lives in the URL."""

    shown: Shown
    search: str
    project_id: int | None

    @property
    def query(self) -> str:
        """Write the filters back, without what is not said."""
        said = {"show": self.shown.value if self.shown is not Shown.OPEN else "", "q": self.search}
        said["project"] = str(self.project_id or "")
        return urlencode({name: value for name, value in said.items() if value})


def read_filters(query: Any) -> Filters:
    """Read the filters of a URL; what makes no sense is not said."""
    shown = query.get("show", "")
    project = query.get("project", "")
    return Filters(
        shown=Shown(shown) if shown in set(Shown) else Shown.OPEN,
        search=query.get("q", "").replace("\0", "").strip()[:_SEARCH_MAX],
        project_id=int(project) if project.isascii() and project.isdecimal() and len(project) < 16 else None,
    )


def cursor(text: str) -> UUID | None:
    """Read where a page of a list begins; what is no id is the beginning."""
    try:
        return parse_id(text)
    except NotFound:
        return None


class TaskList(FormPage):
    """Tasks, newest first, and a line to add one."""

    template_name = "web/tasks/list.html"

    def make_form(self, data: Any = None) -> QuickTaskForm:
        return QuickTaskForm(data)

    def act(self, form: QuickTaskForm) -> HttpResponse:
        filters = read_filters(self.request.GET)
        title = form.cleaned_data["title"]
        create_task(principal=self.principal, title=title, project_id=filters.project_id, at=self.at)
        return self.go(f"{reverse('task_list')}?{filters.query}", say=f"Added “{title}”.")

    def extras(self) -> dict[str, Any]:
        filters = read_filters(self.request.GET)
        return {
            "filters": filters,
            "page": self._page(filters),
            "tabs": [(shown, shown.value.capitalize()) for shown in Shown],
            "projects": project_choices(self.principal),
            "is_first_page": "before" not in self.request.GET,
        }

    def _page(self, filters: Filters) -> TaskPage:
        return task_page(
            principal=self.principal,
            shown=filters.shown,
            search=filters.search,
            project_id=filters.project_id,
            before=cursor(self.request.GET.get("before", "")),
        )


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
