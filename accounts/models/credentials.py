"""Credentials for programs: what a key or token may do, and until when.

Nothing here can be turned back into a secret (reliability.md 4.5).
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models.organizations import Project
from accounts.models.users import User
from accounts.rules.scopes import CREDENTIAL_KINDS, PERSONAL_KEY, TRIGGERS_TOKEN
from tasktracker.core.ids import new_id


class Credential(models.Model):
    """One key or token.

    id: the `jti` of a signed token. digest: SHA-256 of a random key; NULL for a signed token, which is looked
    up by id.
    project: the only project that it reaches, for kinds that are bound to one.
    scope: of a personal key, several with a space between them.
    is_tied: reaches only the projects of CredentialProject, and none when all of them are gone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24, choices=[(kind, kind) for kind in CREDENTIAL_KINDS])
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="credentials")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=255)
    is_tied = models.BooleanField(default=False, db_default=False)
    digest = models.CharField(max_length=64, null=True, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CREDENTIAL_KINDS), name="credential_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind=TRIGGERS_TOKEN, digest__isnull=True)
                | ~Q(kind=TRIGGERS_TOKEN) & Q(digest__isnull=False),
                name="credential_digest_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="credential_expires_after_creation",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="credential_name_is_given"),
            models.CheckConstraint(
                condition=Q(is_tied=False) | Q(kind=PERSONAL_KEY),
                name="credential_tied_is_personal",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "kind", "-created_at", "-id"], name="credential_newest_first")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class CredentialProject(models.Model):
    """One of the projects to which a personal key is tied."""

    credential = models.ForeignKey(
        Credential, on_delete=models.CASCADE, related_name="tied_projects", db_index=False
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credential", "project"], name="credential_project_once")
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} in {self.project_id}"
