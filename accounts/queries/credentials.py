"""The credentials of an account, as its owner may see them: never their text, which is nowhere."""

from django.db.models import QuerySet

from accounts.models import Credential
from accounts.queries.projects import projects_visible_to
from accounts.rules.principal import Principal
from accounts.rules.scopes import DEVICE_TOKEN, PERSONAL_KEY, PROJECT_KEY, TRIGGERS_TOKEN


def credentials_of(principal: Principal, *, kind: str = TRIGGERS_TOKEN) -> QuerySet[Credential]:
    """List the caller's own credentials of one kind, revoked and expired ones too, newest first."""
    own = Credential.objects.filter(user_id=principal.user_id, kind=kind)
    return own.order_by("-created_at", "-id")


def personal_keys_of(principal: Principal) -> QuerySet[Credential]:
    """List the caller's own personal keys, with the projects that they are tied to, newest first."""
    return credentials_of(principal, kind=PERSONAL_KEY).prefetch_related("tied_projects__project")


def devices_of(principal: Principal) -> QuerySet[Credential]:
    """List the mobile apps that the caller's account is signed in with, newest first."""
    return credentials_of(principal, kind=DEVICE_TOKEN).filter(revoked_at=None)


def project_keys_visible_to(principal: Principal, *, project_id: int | None = None) -> QuerySet[Credential]:
    """List the keys of one project, or of all that the caller reaches, with who made them, newest first."""
    projects = projects_visible_to(principal).order_by().values("pk")
    keys = Credential.objects.filter(kind=PROJECT_KEY, project__in=projects)
    if project_id is not None:
        keys = keys.filter(project_id=project_id)
    return keys.select_related("user", "project").order_by("-created_at", "-id")
