"""Projects as the owner of to-dos sees them: personal ones, and those in which they own a task.

Who may write in a project is decided in accounts.queries.projects.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Project
from accounts.queries.projects import project_visible_to, writable_project_ids
from accounts.rules.principal import Principal
from tasks.models import ProjectDisplay
from tasks.queries.todos import owned
from tasks.rules.search import folded
from tasktracker.core.errors import NotFound

_NO_PROJECT = "Project with that id does not exist"


@dataclass(frozen=True, slots=True)
class OwnProject:
    """A project. is_personal: of the caller's personal organization. view_mode: None until one is chosen."""

    id: int
    name: str
    slug: str
    is_personal: bool
    is_default: bool
    view_mode: str | None


def projects_of(
    principal: Principal, *, search: str = "", is_personal_only: bool = False
) -> list[OwnProject]:
    """List personal projects and those of own tasks, the Inbox first. search: a part of the name, any case.

    Source: README.md of the contract, "Todo projects".
    """
    seen = Q(organization__personal_of=principal.user_id)
    if not is_personal_only:
        seen |= _with_own_tasks(principal)
    wanted = folded(search)
    found = [project for project in _read(principal, seen) if wanted in folded(project.name)]
    return sorted(found, key=lambda project: (not project.is_default, project.id))


def project_of(principal: Principal, *, project_id: int) -> OwnProject:
    """Read a project that the caller may write, or owns a task in. Raises NotFound."""
    reached = Q(pk__in=writable_project_ids(principal.user_id)) | _with_own_tasks(principal)
    found = _read(principal, reached & Q(pk=project_id))
    if not found:
        raise NotFound(_NO_PROJECT)
    return found[0]


def writable_project(principal: Principal, project_id: int) -> Project:
    """Fetch a project for a change: one of the caller's organizations. Raises NotFound."""
    try:
        return project_visible_to(principal, project_id=project_id)
    except NotFound:
        raise NotFound(_NO_PROJECT) from None


def own_inbox(principal: Principal) -> OwnProject:
    """Read the caller's Inbox. Raises NotFound where the account has no home."""
    found = _read(principal, Q(organization__personal_of=principal.user_id, is_default=True))
    if not found:
        raise NotFound(_NO_PROJECT)
    return found[0]


def _with_own_tasks(principal: Principal) -> Q:
    return Q(pk__in=owned(principal).order_by().values("project_id"))


def _read(principal: Principal, condition: Q) -> list[OwnProject]:
    rows = Project.objects.filter(condition, deleted_at=None).order_by("pk")
    columns = ("pk", "name", "slug", "organization__personal_of", "is_default")
    found = list(rows.values_list(*columns))
    views = _view_modes(project_id for project_id, *_ in found)
    return [
        OwnProject(project_id, name, slug, owner_id == principal.user_id, is_default, views.get(project_id))
        for project_id, name, slug, owner_id, is_default in found
    ]


def _view_modes(project_ids: Iterable[int]) -> dict[int, str]:
    rows = ProjectDisplay.objects.filter(project__in=list(project_ids))
    return dict(rows.values_list("project_id", "view_mode"))
