"""The end of an account, as far as who and where go: first its keys, at last everything personal.

In which order, and what happens to its money, is decided in charges.operations.closing.
"""

import secrets
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F, Q

from accounts.models import (
    Beeminder,
    Credential,
    Invitation,
    Membership,
    Organization,
    Project,
    PushToken,
    User,
)
from accounts.operations.sessions import end_sessions
from accounts.rules.roles import ADMIN, MEMBER, OWNER

_HEIRS = (OWNER, ADMIN, MEMBER)  # who inherits an organization, in this order
CLOSED_DOMAIN = "closed.invalid"  # can never receive mail (RFC 6761)


def revoke_account(*, user_id: int, at: datetime) -> None:
    """Let no credential of an account work any more: keys, tokens, sessions, feed. Inside a transaction.

    Its devices hear nothing any more.
    """
    User.objects.filter(pk=user_id).update(
        is_active=False,
        stakes_key_generation=F("stakes_key_generation") + 1,
        calendar_token_generation=F("calendar_token_generation") + 1,
    )
    Credential.objects.filter(user_id=user_id, revoked_at=None).update(revoked_at=at)
    PushToken.objects.filter(user_id=user_id).delete()
    end_sessions(user_id=user_id)


def erase_account(*, user_id: int) -> None:
    """Remove everything personal of an account; the row stays, under a pseudonym, for the ledger.

    Inside a transaction; safe to repeat. Organizations that others belong to get an owner among them.
    """
    for membership in Membership.objects.filter(user_id=user_id).select_related("organization"):
        _leave(membership)
    for organization in Organization.objects.filter(personal_of=user_id):
        _rename(organization)
    Credential.objects.filter(user_id=user_id).delete()
    Beeminder.objects.filter(user_id=user_id).delete()
    Invitation.objects.filter(Q(invited_by_id=user_id) | Q(email=User.objects.get(pk=user_id).email)).delete()
    EmailAddress.objects.filter(user_id=user_id).delete()
    Authenticator.objects.filter(user_id=user_id).delete()
    end_sessions(user_id=user_id)
    _erase_row(user_id)


def shared_organization_heirs(user_id: int) -> dict[int, int]:
    """Say who inherits what an account has in shared organizations: organization id -> user id."""
    shared = Organization.objects.filter(memberships__user_id=user_id, personal_of=None)
    heirs = {organization.pk: _heir(organization, user_id) for organization in shared}
    return {pk: heir.user_id for pk, heir in heirs.items() if heir is not None}


def _heir(organization: Organization, leaving_id: int) -> Membership | None:
    others = list(organization.memberships.exclude(user_id=leaving_id).order_by("pk"))
    return min(others, key=lambda member: _HEIRS.index(member.role), default=None)


def _leave(membership: Membership) -> None:
    """Take a member out; whoever comes first of the others owns the organization then."""
    organization = Organization.objects.select_for_update().get(pk=membership.organization_id)
    heir = _heir(organization, membership.user_id)
    if heir is None:
        _rename(organization)
    elif heir.role != OWNER and membership.role == OWNER:
        heir.role = OWNER
        heir.save(update_fields=["role"])
    if organization.personal_of_id is None:
        membership.delete()


def _rename(organization: Organization) -> None:
    """Leave nothing in names that a person chose. Nobody is left to be confused by it."""
    if organization.name != "closed":
        organization.slug, organization.name = f"closed-{secrets.token_hex(8)}", "closed"
        organization.save(update_fields=["slug", "name"])
    for project in Project.objects.filter(organization=organization).exclude(name="closed"):
        project.slug, project.name = f"closed-{project.pk}", "closed"
        project.save(update_fields=["slug", "name"])


def _erase_row(user_id: int) -> None:
    user = User.objects.select_for_update().get(pk=user_id)
    with transaction.atomic():
        user.email, user.pending_email, user.name = f"{user_id}@{CLOSED_DOMAIN}", "", ""
        user.time_zone, user.is_unsubscribed = "UTC", True
        user.is_active = user.is_staff = user.is_superuser = False
        user.email_verified_at = user.terms_accepted_at = user.enrolled_at = user.last_login = None
        user.last_project = None
        user.set_unusable_password()
        user.save(
            update_fields=[
                *("email", "pending_email", "name", "time_zone", "is_unsubscribed", "password"),
                *("is_active", "is_staff", "is_superuser", "last_login", "last_project"),
                *("email_verified_at", "terms_accepted_at", "enrolled_at"),
            ]
        )
        user.groups.clear()
        user.user_permissions.clear()
