"""Invitations as those see them who manage an organization, or who hold the link."""

from datetime import datetime

from django.db.models import Q

from accounts.models import Invitation
from accounts.queries.organizations import own_role
from accounts.rules.principal import Principal
from accounts.rules.roles import may_manage
from tasktracker.core.errors import NotFound
from tasktracker.core.sealing import digest


def is_open(at: datetime) -> Q:
    """Say which invitations can be accepted."""
    return Q(accepted_at=None, revoked_at=None, expires_at__gt=at)


def open_invitations(principal: Principal, *, organization_id: int, at: datetime) -> list[Invitation]:
    """List who was invited and has not come, by address; none for who does not manage the organization.

    Raises NotFound.
    """
    if not may_manage(own_role(principal, organization_id)):
        return []
    return list(Invitation.objects.filter(is_open(at), organization_id=organization_id).order_by("email"))


def invitation_of(token: str, *, at: datetime) -> Invitation:
    """Find the invitation that a link opens. Raises NotFound, the same for every miss."""
    found = Invitation.objects.filter(is_open(at), digest=digest(token)).select_related("organization")
    invitation = found.first()
    if invitation is None:
        raise NotFound("This invitation is out of date. Ask for a new one.")
    return invitation
