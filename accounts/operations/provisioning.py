"""What operators make from the command line: find it or make it, and change nothing that was there.

No HTTP door leads here: these operations act for anybody, without a principal.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import Membership, Organization, Project, User
from accounts.operations.accounts import confirm_email, enroll, open_account
from accounts.operations.credentials import principal_of_user
from accounts.operations.organizations import add_member, create_organization, create_project
from accounts.queries.accounts import account_by_email
from accounts.rules.roles import MEMBER, OWNER
from tasktracker.core.errors import NotFound


def find_or_open_account(*, email: str, password: str, at: datetime) -> User:
    """Give the account of an address: confirmed and enrolled, with its password kept when it has been there.

    Raises BadEmail.
    """
    user = account_by_email(email)
    if user is None:
        user = open_account(email=email, password=password, at=at, confirmed=True, allow_weak_password=True)
    if user.email_verified_at is None:
        confirm_email(user_id=user.pk, email=user.email, at=at)
    if user.enrolled_at is None:
        principal = principal_of_user(user, at)
        enroll(
            principal=principal,
            name=user.name or email.partition("@")[0],
            time_zone=user.time_zone,
            has_accepted_terms=True,
            at=at,
        )
    user.refresh_from_db()
    return user


@transaction.atomic
def join_or_make_organization(*, user: User, slug: str, at: datetime) -> Organization:
    """Give the organization with this slug, making it (its owner: `user`) or adding `user` as a member.

    Raises BadSlug, PersonalOrganization.
    """
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        return create_organization(principal=principal_of_user(user, at), name=slug, slug=slug, at=at)
    if not Membership.objects.filter(organization=organization, user=user).exists():
        add_member(
            principal=principal_of_user(owner_of(organization), at),
            organization_id=organization.pk,
            user_id=user.pk,
            role=MEMBER,
            at=at,
        )
    return organization


@transaction.atomic
def find_or_make_project(*, organization: Organization, slug: str, at: datetime) -> Project:
    """Give the project with this slug in an organization, making it in an owner's name. Raises BadSlug."""
    project = Project.objects.filter(organization=organization, slug=slug).first()
    if project is not None:
        return project
    principal = principal_of_user(owner_of(organization), at)
    return create_project(principal=principal, organization_id=organization.pk, name=slug, slug=slug, at=at)


def project_by_slugs(*, org: str, project: str) -> Project:
    """Find a project by its two slugs. Raises NotFound."""
    found = (
        Project.objects.filter(organization__slug=org, slug=project).select_related("organization").first()
    )
    if found is None:
        raise NotFound(f"There is no project {org}/{project}.")
    return found


def owner_of(organization: Organization) -> User:
    """Find the longest-standing owner of an organization: who answers for it."""
    return User.objects.filter(memberships__organization=organization, memberships__role=OWNER).earliest("pk")
