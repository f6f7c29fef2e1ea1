"""Asking somebody to join an organization: a mailed link that only the invited address can use, once.

What an answer says does not hang on whether the address has an account.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import Invitation, Membership, Organization, User
from accounts.operations.guesses import count_guess
from accounts.operations.organizations import (
    AlreadyMember,
    PersonalOrganization,
    managed_organization,
    require_role,
)
from accounts.queries.invitations import invitation_of, is_open
from accounts.rules.emails import normal_email
from accounts.rules.principal import Principal, require_whole_account
from tasktracker.core.errors import Forbidden, NotFound
from tasktracker.core.sealing import digest
from tasktracker.outbox.operations.mail import queue_mail

PATH: Final = "/invitations/{token}/"
GOOD_FOR: Final = timedelta(days=7)
_TOKEN_BYTES: Final = 32
_KEPT: Final = timedelta(days=30)
_TEXT: Final = """\
{who} invites you to the organization "{organization}" on Task Tracker.

To join, follow this link within seven days and sign in with this address:

{link}

If you do not know what this is about, do nothing.
"""


class InvitationForAnother(Forbidden):
    """The invitation was mailed to another address, or this one is not confirmed yet."""

    code = "invitation_for_another"
    default_message = "This invitation is for another address. Sign in with the one that it was mailed to."


def invite(*, principal: Principal, organization_id: int, email: str, role: str, at: datetime) -> Invitation:
    """Mail somebody a link that lets them join in a role. An open invitation to the address is replaced.

    Raises NotFound, NotForKeys, RoleTooSmall, BadRole, BadEmail, PersonalOrganization, AlreadyMember,
    TooManyGuesses.
    """
    require_role(role)
    email = normal_email(email)
    require_whole_account(principal)
    _count(principal, at)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction.atomic():
        organization = managed_organization(principal, organization_id, giving=(role,))
        if organization.personal_of_id is not None:
            raise PersonalOrganization
        if Membership.objects.filter(organization=organization, user__email=email).exists():
            raise AlreadyMember
        Invitation.objects.filter(
            organization=organization, email=email, accepted_at=None, revoked_at=None
        ).update(revoked_at=at)
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            role=role,
            digest=digest(token),
            invited_by_id=principal.user_id,
            created_at=at,
            expires_at=at + GOOD_FOR,
        )
        _mail(invitation, organization, token)
    return invitation


def revoke_invitation(
    *, principal: Principal, organization_id: int, invitation_id: UUID, at: datetime
) -> None:
    """Take an open invitation back. Raises NotFound, NotForKeys, RoleTooSmall."""
    with transaction.atomic():
        managed_organization(principal, organization_id)
        found = Invitation.objects.filter(is_open(at), pk=invitation_id, organization_id=organization_id)
        if not found.update(revoked_at=at):
            raise NotFound


def accept_invitation(*, principal: Principal, token: str, at: datetime) -> Organization:
    """Join the organization of a link, as the person to whom it was mailed. It works once.

    Raises NotFound, NotForKeys, InvitationForAnother, AlreadyMember.
    """
    require_whole_account(principal)
    with transaction.atomic():
        invitation = invitation_of(token, at=at)
        organization = Organization.objects.select_for_update().get(pk=invitation.organization_id)
        user = User.objects.get(pk=principal.user_id)
        if user.email != invitation.email or user.email_verified_at is None:
            raise InvitationForAnother
        if Membership.objects.filter(organization=organization, user=user).exists():
            raise AlreadyMember
        if not Invitation.objects.filter(is_open(at), pk=invitation.pk).update(accepted_at=at):
            raise NotFound
        Membership.objects.create(organization=organization, user=user, role=invitation.role, created_at=at)
    return organization


def sweep_invitations(at: datetime) -> int:
    """Forget invitations, and with them addresses, a month after their time. Returns how many."""
    return Invitation.objects.filter(expires_at__lte=at - _KEPT).delete()[0]


def _count(principal: Principal, at: datetime) -> None:
    """Nobody mails the world in our name."""
    limit, seconds = settings.TASKTRACKER_GUESS_LIMITS["invite.account"]
    count_guess(kind="invite.account", subject=str(principal.user_id), limit=limit, seconds=seconds, at=at)


def _mail(invitation: Invitation, organization: Organization, token: str) -> None:
    who = User.objects.get(pk=invitation.invited_by_id)
    link = f"{settings.TASKTRACKER_BASE_URL}{PATH.format(token=token)}"
    queue_mail(
        kind_event="organization.invitation",
        object_key=str(invitation.pk),
        to=[invitation.email],
        subject=f"Join {organization.name}",
        text=_TEXT.format(who=who.name or who.email, organization=organization.name, link=link),
        account_id=invitation.invited_by_id,
    )
