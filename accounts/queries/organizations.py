"""Organizations and their members, as the caller may see them: those they belong to."""

from django.db.models import F, QuerySet

from accounts.models import Membership, Organization
from accounts.rules.principal import Principal
from accounts.rules.roles import may_manage
from tasktracker.core.errors import NotFound


def organizations_visible_to(principal: Principal) -> QuerySet[Organization]:
    """List the organizations that the caller belongs to and their credential reaches, by slug."""
    visible = Organization.objects.filter(memberships__user_id=principal.user_id)
    if principal.organization_id is not None:
        visible = visible.filter(pk=principal.organization_id)
    return visible.order_by("slug")


def organization_visible_to(principal: Principal, *, organization_id: int) -> Organization:
    """Find an organization that the caller belongs to. Raises NotFound."""
    found = organizations_visible_to(principal).filter(pk=organization_id).first()
    if found is None:
        raise NotFound
    return found


def memberships_of(principal: Principal) -> QuerySet[Membership]:
    """List the caller's memberships with their organizations, the personal one first, then by slug."""
    own = Membership.objects.filter(organization__in=organizations_visible_to(principal).order_by())
    ordered = own.filter(user_id=principal.user_id).select_related("organization")
    return ordered.order_by(F("organization__personal_of").asc(nulls_last=True), "organization__slug")


def organizations_managed_by(principal: Principal) -> list[Organization]:
    """List the organizations in which the caller makes projects, the personal one first, then by slug."""
    return [own.organization for own in memberships_of(principal) if may_manage(own.role)]


def members_visible_to(principal: Principal, *, organization_id: int) -> QuerySet[Membership]:
    """List the members of an organization that the caller belongs to, by e-mail address. Raises NotFound."""
    own_role(principal, organization_id)
    members = Membership.objects.filter(organization_id=organization_id)
    return members.select_related("user").order_by("user__email")


def own_role(principal: Principal, organization_id: int) -> str:
    """Return the caller's role in an organization. Raises NotFound where they have none."""
    own = Membership.objects.filter(
        organization__in=organizations_visible_to(principal).order_by(), user_id=principal.user_id
    )
    role = own.filter(organization_id=organization_id).values_list("role", flat=True).first()
    if role is None:
        raise NotFound
    return role
