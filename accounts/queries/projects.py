"""Projects as the caller may see them: all those of the organizations they belong to."""

from dataclasses import replace
from typing import Final

from django.db.models import QuerySet

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.errors import NotFound
from tasktracker.core.ids import parse_number

CURRENT: Final = "@current"


class NoSuchProject(NotFound):
    """The project in a path is absent, or the caller or their key does not reach it."""

    default_message = "Project not found."


def projects_visible_to(principal: Principal) -> QuerySet[Project]:
    """List the projects that the caller's account and credential reach, with their organizations, by id."""
    visible = Project.objects.filter(organization__memberships__user_id=principal.user_id, deleted_at=None)
    if principal.organization_id is not None:
        visible = visible.filter(organization_id=principal.organization_id)
    if principal.project_id is not None:
        visible = visible.filter(pk=principal.project_id)
    if principal.project_ids is not None:
        visible = visible.filter(pk__in=principal.project_ids)
    return visible.select_related("organization").order_by("pk")


def project_visible_to(principal: Principal, *, project_id: int) -> Project:
    """Find one project that the caller reaches. Raises NotFound."""
    project = projects_visible_to(principal).filter(pk=project_id).first()
    if project is None:
        raise NotFound
    return project


def inbox_of(user_id: int) -> Project:
    """Find the default project of an account. Raises NotFound where the account has no home."""
    inbox = Project.objects.filter(organization__personal_of=user_id, is_default=True)
    project = inbox.select_related("organization").first()
    if project is None:
        raise NotFound
    return project


def narrowed_to(principal: Principal, text: str) -> Principal:
    """Narrow a caller to the project in a path: its number, or `@current`. Raises NoSuchProject.

    One statement, two for `@current`.
    """
    try:
        project_id = _current_of(principal) if text == CURRENT else parse_number(text)
    except NotFound:
        raise NoSuchProject from None
    narrowed = replace(principal, project_id=project_id)
    is_tied_elsewhere = principal.project_ids is not None and project_id not in principal.project_ids
    if is_tied_elsewhere or _reached.first(user_id=principal.user_id, project_id=project_id) is None:
        raise NoSuchProject
    return narrowed


def _current_of(principal: Principal) -> int:
    """Say which project `@current` is. Raises NotFound. Source: README.md of the contract, "@current"."""
    if principal.project_ids is not None and len(principal.project_ids) == 1:
        return min(principal.project_ids)
    last = User.objects.filter(pk=principal.user_id).values("last_project")
    opened = projects_visible_to(principal).filter(pk__in=last).values_list("pk", flat=True).first()
    return inbox_of(principal.user_id).pk if opened is None else opened


def writable_project_ids(user_id: int) -> QuerySet[Project, int]:
    """Say, as a subquery, which projects a person may write in: every role may, in every project."""
    member_of = Project.objects.filter(organization__memberships__user_id=user_id, deleted_at=None)
    return member_of.order_by().values_list("pk", flat=True)


_reached = CompiledQuery(
    lambda user_id, project_id: (
        Project.objects.filter(pk=project_id, organization__memberships__user_id=user_id, deleted_at=None)
        .order_by()
        .values_list("pk")
    ),
    user_id=1,
    project_id=1,
)
