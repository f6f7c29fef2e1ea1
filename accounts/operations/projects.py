"""Making projects with a number, renaming and deleting them.

Making them with a chosen slug is organizations.py; what is in a project is the business of the apps above.
"""

import secrets
from datetime import datetime

from django.db import transaction

from accounts.models import Credential, Project, User
from accounts.operations.organizations import RoleTooSmall, create_project
from accounts.queries.organizations import own_role
from accounts.queries.projects import project_visible_to
from accounts.rules.names import given_name
from accounts.rules.principal import Principal, require_whole_account
from accounts.rules.roles import may_manage
from accounts.rules.slugs import slug_stem
from tasktracker.core.errors import Forbidden, RuleBroken

_SUFFIX_BYTES = 4


class InboxStays(RuleBroken):
    """The default project of an account cannot be deleted."""

    code = "inbox_stays"
    default_message = "The Inbox cannot be deleted"


class NotPersonal(Forbidden):
    """The project belongs to an organization of several people."""

    default_message = "Only personal projects can be deleted"


def note_opened(*, principal: Principal, project_id: int) -> None:
    """Remember the project that the caller opened last on the web: agents calls it `@current`."""
    User.objects.filter(pk=principal.user_id).update(last_project=project_id)


def create_numbered_project(
    *, principal: Principal, organization_id: int, name: str, at: datetime
) -> Project:
    """Make a project whose slug ends in its id, so that it is unique among all projects.

    Raises NotFound, NotForKeys, RoleTooSmall, BadName. Source: todo.md B.7, "slug".
    """
    with transaction.atomic():
        project = create_project(principal=principal, organization_id=organization_id, name=name, at=at)
        slug = f"{slug_stem(project.name)}-{project.pk}"
        siblings = Project.objects.filter(organization_id=organization_id)  # create_project() locked them
        if not siblings.filter(slug=slug).exists():
            project.slug = slug
            project.save(update_fields=["slug"])
    return project


def rename_project(*, principal: Principal, project_id: int, name: str) -> Project:
    """Give a project another name; its slug stays. For those who manage its organization.

    Raises NotForKeys, NotFound, RoleTooSmall, BadName.
    """
    require_whole_account(principal)
    name = given_name(name)
    project = project_visible_to(principal, project_id=project_id)
    if not may_manage(own_role(principal, project.organization_id)):
        raise RoleTooSmall
    project.name = name
    project.save(update_fields=["name"])
    return project


def delete_project(*, principal: Principal, project_id: int, at: datetime) -> None:
    """Delete a project of the caller's own: nobody sees it, its keys are revoked, its slug is free.

    Inside the transaction of the app above, which deletes what is in it.
    Raises NotForKeys, NotFound, NotPersonal, InboxStays.
    """
    require_whole_account(principal)
    project = project_visible_to(principal, project_id=project_id)
    if project.organization.personal_of_id != principal.user_id:
        raise NotPersonal
    if project.is_default:
        raise InboxStays
    project.deleted_at, project.slug = at, f"deleted-{project.pk}-{secrets.token_hex(_SUFFIX_BYTES)}"
    project.save(update_fields=["deleted_at", "slug"])
    Credential.objects.filter(project=project, revoked_at=None).update(revoked_at=at)
