"""What every call of agents goes through: the project in its path, then the scope that it needs."""

from typing import Any, ClassVar

from accounts.queries.projects import narrowed_to
from accounts.rules.personal_keys import READ, WRITE, require_scope
from tasktracker.dialects.agents.dialect import AGENTS
from tasktracker.http.cookie_writes import SAFE_METHODS
from tasktracker.http.dialect import DialectRequest, DialectView


class ScopedView(DialectView):
    """A call that needs a scope.

    scope: None = `task:read` for reading methods, `task:write` for the others.
    """

    dialect = AGENTS
    scope: ClassVar[str | None] = None

    def initial(self, request: DialectRequest, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        super().initial(request, *args, **kwargs)
        if self._is_allowed(request.method):
            self.admit(request)

    def admit(self, request: DialectRequest) -> None:
        """Refuse a key without the scope of this call. Raises MissingScope."""
        is_reading = request.method in SAFE_METHODS
        require_scope(request.principal, self.scope or (READ if is_reading else WRITE))


class ProjectView(ScopedView):
    """A call below /api/projects/:project_id/. Its handlers get a principal that reaches no other project:

    `request.principal.project_id` is the project in the path, and operations and queries keep to it.
    """

    def admit(self, request: DialectRequest) -> None:
        """Narrow the caller to the project in the path. Raises NoSuchProject, MissingScope."""
        request.caller = narrowed_to(request.principal, self.kwargs["project_id"])
        super().admit(request)
