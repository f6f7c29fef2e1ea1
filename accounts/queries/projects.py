"""Projects as the caller may see them: all those of the organizations they belong to."""

from django.db.models import QuerySet

from accounts.models import Project
from accounts.rules.principal import Principal
from tasktracker.core.errors import NotFound


def projects_visible_to(principal: Principal) -> QuerySet[Project]:
    """List the projects that the caller's account and credential reach, with their organizations, by id."""
    visible = Project.objects.filter(organization__memberships__user_id=principal.user_id, deleted_at=None)
    if principal.organization_id is not None:
        visible = visible.filter(organization_id=principal.organization_id)
    if principal.project_id is not None:
        visible = visible.filter(pk=principal.project_id)
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


def writable_project_ids(user_id: int) -> QuerySet[Project, int]:
    """Say, as a subquery, which projects a person may write in: every role may, in every project."""
    member_of = Project.objects.filter(organization__memberships__user_id=user_id, deleted_at=None)
    return member_of.order_by().values_list("pk", flat=True)
