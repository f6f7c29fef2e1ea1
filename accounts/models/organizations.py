"""Where: organizations, who belongs to them, and their projects.

Tasks are not here; they belong to a project from above.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from accounts.models.users import User
from accounts.rules.roles import ROLES
from accounts.rules.slugs import SLUG_MAX_LENGTH


class Organization(models.Model):
    """A group of people with projects.

    personal_of: the account whose own organization this is, made at sign-up; None for a shared one.
    """

    slug = models.CharField(max_length=SLUG_MAX_LENGTH, unique=True)
    name = models.CharField(max_length=200)
    personal_of = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="personal_organization"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(slug=Lower("slug")), name="organization_slug_is_lower_case"),
            models.CheckConstraint(condition=~Q(slug=""), name="organization_slug_is_given"),
        ]

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """One person in one organization. That an owner remains is kept by operations.organizations."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role, role) for role in ROLES])
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=ROLES), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id}: {self.role}"


class Project(models.Model):
    """A place for tasks. Exactly one project of a personal organization is the default: the Inbox.

    deleted_at: nobody sees it any more; the row stays for its tasks' log.
    public_pages_off_at: since when the public pages of its tasks are switched off; NULL = they are on.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="projects")
    slug = models.CharField(max_length=SLUG_MAX_LENGTH)
    name = models.CharField(max_length=200)
    is_default = models.BooleanField(default=False)
    public_pages_off_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "slug"], name="project_slug_once"),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(is_default=True), name="project_one_default"
            ),
            models.CheckConstraint(condition=Q(slug=Lower("slug")), name="project_slug_is_lower_case"),
            models.CheckConstraint(condition=~Q(slug=""), name="project_slug_is_given"),
        ]

    def __str__(self) -> str:
        return self.slug
