"""Projects: the list, the live board of one, who belongs to it, and its public pages.

Keys, webhooks, actions and monitors have views of their own.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.operations.organizations import (
    create_project,
    rename_managed_project,
    switch_public_pages,
)
from accounts.queries.organizations import members_visible_to, organizations_managed_by
from accounts.queries.projects import projects_visible_to
from tasks.queries.progress import running_tasks, tracked_page
from tasktracker.web.forms.projects import NewProjectForm
from tasktracker.web.views.page import FormPage, Page
from tasktracker.web.views.project import ProjectTab

_RUNNING_SHOWN = 100
_NEWEST_SHOWN = 10


class ProjectList(Page):
    """Every project that the caller reaches."""

    template_name = "web/projects/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(projects=list(projects_visible_to(self.principal)))


class NewProject(FormPage):
    """One more, in an organization that the caller manages."""

    template_name = "web/projects/new.html"

    def make_form(self, data: Any = None) -> NewProjectForm:
        return NewProjectForm(data, organizations=organizations_managed_by(self.principal))

    def act(self, form: NewProjectForm) -> HttpResponse:
        project = create_project(principal=self.principal, at=self.at, **form.values())
        return self.go("project", project.pk, say="The project is made.")


class Board(ProjectTab):
    """What runs now, and the newest of the rest."""

    template_name = "web/projects/board.html"
    tab = "board"
    opens = True

    def contents(self) -> dict[str, Any]:
        project_id = self.project.pk
        running = running_tasks(principal=self.principal, project_id=project_id, limit=_RUNNING_SHOWN + 1)
        newest = tracked_page(principal=self.principal, project_id=project_id, limit=_NEWEST_SHOWN).tasks
        ids = {task.id for task in running}
        return {
            "running": running[:_RUNNING_SHOWN],
            "has_more": len(running) > _RUNNING_SHOWN,
            "newest": [task for task in newest if task.id not in ids],
        }


class LiveBoard(Board):
    """The board alone, for a page that is open. It counts in the limit of fragments (urls.py)."""

    http_method_names = ["get"]
    template_name = "web/projects/jobs.html"
    opens = False


class Members(ProjectTab):
    """Who belongs to the project's organization."""

    template_name = "web/projects/members.html"
    tab = "members"

    def contents(self) -> dict[str, Any]:
        organization_id = self.project.organization_id
        return {"members": list(members_visible_to(self.principal, organization_id=organization_id))}


class ProjectSettings(ProjectTab):
    """Names, and whether strangers with a link see how far tasks are."""

    template_name = "web/projects/settings.html"
    tab = "settings"


class RenameProject(ProjectSettings):
    """Another name; the slug stays."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, project_id: int) -> HttpResponse:
        name = request.POST.get("name", "")
        rename_managed_project(principal=self.principal, project_id=project_id, name=name)
        return self.go("project_settings", project_id, say="The project has another name.")


class SwitchPublicPages(ProjectSettings):
    """On or off."""

    http_method_names = ["post"]
    is_on = True

    def post(self, request: HttpRequest, project_id: int) -> HttpResponse:
        switch_public_pages(principal=self.principal, project_id=project_id, is_on=self.is_on, at=self.at)
        return self.go(
            "project_settings", project_id, say=f"Public pages are {'on' if self.is_on else 'off'}."
        )
