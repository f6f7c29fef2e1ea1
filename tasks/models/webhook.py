"""Where events are sent: an account's endpoint, or a project's under a slug (for actions).

The deliveries themselves are the outbox's rows; a webhook is named there by its id.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks.rules.vocabulary import DisabledReason
from tasktracker.core.ids import new_id
from tasktracker.outbox.rules.targets import URL_CHARACTERS_MAX


class Webhook(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    slug = models.CharField(max_length=50, blank=True)

    url = models.CharField(max_length=URL_CHARACTERS_MAX)
    events = models.JSONField(default=list)
    secret_sealed = models.TextField()
    previous_secret_sealed = models.TextField(blank=True)
    previous_secret_until = models.DateTimeField(null=True, blank=True)

    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=16, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)  # null: the last attempt was a success
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                name="webhook_of_account_xor_project",
                condition=Q(user__isnull=False, project=None, slug="")
                | (Q(user=None, project__isnull=False) & ~Q(slug="")),
            ),
            models.CheckConstraint(
                name="webhook_reason_iff_disabled",
                condition=Q(is_enabled=True, disabled_reason="")
                | Q(is_enabled=False, disabled_reason__in=[str(reason) for reason in DisabledReason]),
            ),
            models.CheckConstraint(
                name="webhook_previous_secret_has_an_end",
                condition=Q(previous_secret_sealed="", previous_secret_until=None)
                | (~Q(previous_secret_sealed="") & Q(previous_secret_until__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["project", "slug"],
                name="webhook_slug_once_per_project",
                condition=Q(project__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["previous_secret_until"],
                name="webhook_old_secret",
                condition=Q(previous_secret_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.url
