"""Organizations: making them, who belongs to them in which role, and their projects.

Personal organizations are made with the account (accounts.py) and belong to one person for good.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import Membership, Organization, Project, User
from accounts.queries.organizations import own_role
from accounts.queries.projects import project_visible_to
from accounts.rules.names import given_name
from accounts.rules.principal import Principal, require_whole_account
from accounts.rules.roles import OWNER, ROLES, may_give, may_manage
from accounts.rules.slugs import is_reserved, is_slug, slug_stem, slugify_unique
from tasktracker.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, RuleBroken


class RoleTooSmall(Forbidden):
    """The caller belongs to the organization, but their role does not allow this."""

    default_message = "Your role in this organization does not allow this."


class BadRole(Invalid):
    """There is no such role."""

    def __init__(self) -> None:
        super().__init__(Problem("role", "invalid_choice", "The role is owner, admin or member."))


class BadSlug(Invalid):
    """The slug is misspelled or reserved."""

    def __init__(self) -> None:
        super().__init__(Problem("slug", "invalid_slug", "This slug cannot be used."))


class SlugTaken(Conflict):
    """The slug is in use."""

    code = "slug_taken"
    default_message = "This slug is taken."


class PersonalOrganization(RuleBroken):
    """A personal organization has one member, its owner."""

    code = "personal_organization"
    default_message = "A personal organization belongs to one person."


class AlreadyMember(Conflict):
    """The person belongs to the organization already."""

    code = "already_member"
    default_message = "This person is a member already."


class LastOwner(Conflict):
    """An organization keeps at least one owner."""

    code = "last_owner"
    default_message = "An organization needs at least one owner."


def create_organization(
    *, principal: Principal, name: str, slug: str | None = None, at: datetime
) -> Organization:
    """Make an organization that the caller owns.

    slug: None to make one of the name.
    Raises NotForKeys, BadName, BadSlug, SlugTaken.
    """
    require_whole_account(principal)
    name = given_name(name)
    if slug is not None and is_reserved(slug):
        raise BadSlug
    with transaction.atomic():
        organization = _insert_organization(name, _new_slug(name, slug, Organization.objects.all()), at)
        Membership.objects.create(
            organization=organization, user_id=principal.user_id, role=OWNER, created_at=at
        )
    return organization


def _insert_organization(name: str, slug: str, at: datetime) -> Organization:
    try:
        with transaction.atomic():
            return Organization.objects.create(name=name, slug=slug, created_at=at)
    except IntegrityError:  # somebody took the slug between the look and the insert
        raise SlugTaken from None


def create_project(
    *, principal: Principal, organization_id: int, name: str, slug: str | None = None, at: datetime
) -> Project:
    """Make a project in an organization that the caller manages.

    slug: unique in the organization; None to make one of the name.
    Raises NotFound, NotForKeys, RoleTooSmall, BadName, BadSlug, SlugTaken.
    """
    name = given_name(name)
    with transaction.atomic():
        organization = managed_organization(principal, organization_id)  # locked, so its slugs stand still
        slug = _new_slug(name, slug, organization.projects.all())
        return Project.objects.create(organization=organization, name=name, slug=slug, created_at=at)


def switch_public_pages(*, principal: Principal, project_id: int, is_on: bool, at: datetime) -> None:
    """Let everybody with a link see how far the tasks of a project are, or nobody who is not a member.

    Raises NotFound, NotForKeys, RoleTooSmall.
    """
    project = project_visible_to(principal, project_id=project_id)
    with transaction.atomic():
        managed_organization(principal, project.organization_id)
        Project.objects.filter(pk=project_id).update(public_pages_off_at=None if is_on else at)


def rename_organization(*, principal: Principal, organization_id: int, name: str) -> Organization:
    """Give an organization another name; its slug stays, as addresses and keys hold it.

    Raises NotFound, NotForKeys, RoleTooSmall, BadName.
    """
    name = given_name(name)
    with transaction.atomic():
        organization = managed_organization(principal, organization_id)
        organization.name = name
        organization.save(update_fields=["name"])
    return organization


def rename_managed_project(*, principal: Principal, project_id: int, name: str) -> Project:
    """Give a project of an organization that the caller manages another name; its slug stays.

    Raises NotFound, NotForKeys, RoleTooSmall, BadName.
    """
    name = given_name(name)
    project = project_visible_to(principal, project_id=project_id)
    with transaction.atomic():
        managed_organization(principal, project.organization_id)
        project.name = name
        project.save(update_fields=["name"])
    return project


def add_member(
    *, principal: Principal, organization_id: int, user_id: int, role: str, at: datetime
) -> Membership:
    """Add a person to an organization that the caller manages.

    Raises NotFound, NotForKeys, RoleTooSmall, BadRole, PersonalOrganization, AlreadyMember.
    """
    require_role(role)
    with transaction.atomic():
        organization = managed_organization(principal, organization_id, giving=(role,))
        if organization.personal_of_id is not None:
            raise PersonalOrganization
        if not User.objects.filter(pk=user_id, is_active=True).exists():
            raise NotFound
        if Membership.objects.filter(organization=organization, user_id=user_id).exists():
            raise AlreadyMember
        return Membership.objects.create(organization=organization, user_id=user_id, role=role, created_at=at)


def change_role(*, principal: Principal, organization_id: int, user_id: int, role: str) -> Membership:
    """Give a member another role. Only owners make and unmake owners.

    Raises NotFound, NotForKeys, RoleTooSmall, BadRole, LastOwner.
    """
    require_role(role)
    with transaction.atomic():
        member = _member(principal, organization_id, user_id)
        managed_organization(principal, organization_id, giving=(role, member.role))
        if role != OWNER:
            _keep_an_owner(member)
        member.role = role
        member.save(update_fields=["role"])
    return member


def remove_member(*, principal: Principal, organization_id: int, user_id: int) -> None:
    """Take a member out; anybody may take themselves out. What they made stays.

    Raises NotFound, NotForKeys, RoleTooSmall, LastOwner.
    """
    with transaction.atomic():
        member = _member(principal, organization_id, user_id)
        if user_id != principal.user_id:
            managed_organization(principal, organization_id, giving=(member.role,))
        _keep_an_owner(member)
        member.delete()


def require_role(role: str) -> None:
    """Make sure that there is such a role. Raises BadRole."""
    if role not in ROLES:
        raise BadRole


def managed_organization(
    principal: Principal, organization_id: int, *, giving: tuple[str, ...] = ()
) -> Organization:
    """Lock an organization that the caller manages, and whose roles `giving` they may give.

    Inside a transaction. Raises NotFound, NotForKeys, RoleTooSmall.
    """
    require_whole_account(principal)
    organization = _locked(organization_id)
    own = own_role(principal, organization_id)
    if not may_manage(own) or not all(may_give(own, role) for role in giving):
        raise RoleTooSmall
    return organization


def _locked(organization_id: int) -> Organization:
    """Take the row that everybody who changes members takes first, so that they cannot miss each other."""
    organization = Organization.objects.select_for_update().filter(pk=organization_id).first()
    if organization is None:
        raise NotFound
    return organization


def _member(principal: Principal, organization_id: int, user_id: int) -> Membership:
    """Find a member of an organization that the caller belongs to, locking the organization."""
    require_whole_account(principal)
    _locked(organization_id)
    own_role(principal, organization_id)  # outsiders do not learn who belongs
    member = Membership.objects.filter(organization_id=organization_id, user_id=user_id).first()
    if member is None:
        raise NotFound
    return member


def _keep_an_owner(member: Membership) -> None:
    owners = Membership.objects.filter(organization_id=member.organization_id, role=OWNER)
    if member.role == OWNER and not owners.exclude(pk=member.pk).exists():
        raise LastOwner


def _new_slug(name: str, slug: str | None, siblings: "QuerySet[Organization] | QuerySet[Project]") -> str:
    """Settle the slug of a new row: the given one where it is spelled well, else one made of the name."""
    if slug is None:
        alike = siblings.filter(slug__startswith=slug_stem(name))
        return slugify_unique(name, set(alike.values_list("slug", flat=True)))
    if not is_slug(slug):
        raise BadSlug
    if siblings.filter(slug=slug).exists():
        raise SlugTaken
    return slug
