"""Invitations: who was asked to join an organization, and in which role."""

from django.db import models
from django.db.models import Q

from accounts.models.organizations import Organization
from accounts.models.users import User
from accounts.rules.roles import ROLES
from tasktracker.core.ids import new_id


class Invitation(models.Model):
    """One mailed link. Open until it is accepted or taken back, or its time is over.

    email: to whom it was mailed. digest: of the link's token, which is kept nowhere.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=[(role, role) for role in ROLES])
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_ends_one_way"
            ),
            models.CheckConstraint(condition=Q(role__in=ROLES), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
