"""What every page below /projects/<id> is: whose it is, what the caller may do, which tab is open.

The tabs themselves are projects.py, project_keys.py, project_webhooks.py, project_actions.py, monitors.py.
"""

from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from accounts.operations.projects import note_opened
from accounts.queries.organizations import own_role
from accounts.queries.projects import project_visible_to
from accounts.rules.roles import may_manage
from tasktracker.core.errors import DomainError, Forbidden
from tasktracker.web.views.page import FormPage, Page, status_of


class ProjectPage(Page):
    """A page of one project, for its organization's members."""

    tab: ClassVar[str]

    @cached_property
    def project(self) -> Any:
        """The project, with its organization; a stranger finds none."""
        return project_visible_to(self.principal, project_id=self.kwargs["project_id"])

    @cached_property
    def is_manager(self) -> bool:
        """Whether the caller may change how the project works."""
        return may_manage(own_role(self.principal, self.project.organization_id))

    def require_manager(self) -> None:
        """Refuse a form whose operation would be refused anyway. Raises Forbidden."""
        if not self.is_manager:
            raise Forbidden

    def show(self, **context: Any) -> HttpResponse:
        shown = {"project": self.project, "is_manager": self.is_manager, "tab": self.tab}
        return super().show(**shown, **context)


class ProjectTab(ProjectPage):
    """A tab that shows something. What is refused on it is said at its top.

    opens: whether a look at it opens the project, which the agents dialect calls `@current` from then on.
    """

    opens: ClassVar[bool] = False

    def get(self, request: HttpRequest, **ids: Any) -> HttpResponse:
        answer = self.show(**self.contents())
        if self.opens and self.user.last_project_id != self.project.pk:
            note_opened(principal=self.principal, project_id=self.project.pk)
        return answer

    def contents(self) -> dict[str, Any]:
        """List what the tab shows."""
        return {}

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show(status=status_of(refusal), refusal=refusal.message, **self.contents())


class ProjectForm(ProjectPage, FormPage):
    """A form of a project's managers."""

    def get(self, request: HttpRequest, **ids: Any) -> HttpResponse:
        self.require_manager()
        return super().get(request, **ids)
