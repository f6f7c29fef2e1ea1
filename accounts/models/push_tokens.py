"""The devices that an account wants to be told on. What is told, and when, belongs to tasks."""

from django.db import models
from django.db.models import Q

from accounts.models.users import User
from accounts.rules.push_tokens import PLATFORMS
from tasktracker.core.ids import new_id


class PushToken(models.Model):
    """One device of one account; its id is what agents calls a `device_id`.

    digest: SHA-256 of the token, which belongs to one account at a time. token_sealed: the token itself, with
    purpose operations.push_tokens.token_purpose; a web one is the JSON text of the browser's subscription.
    last_seen_at: of the last registration; the oldest one makes place for the 21st.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_tokens", db_index=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    token_sealed = models.TextField(editable=False)
    platform = models.CharField(max_length=8, choices=[(platform, platform) for platform in PLATFORMS])
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(platform__in=PLATFORMS), name="push_token_platform_is_known"),
        ]
        indexes = [models.Index(fields=["user", "last_seen_at"], name="push_token_of_user")]

    def __str__(self) -> str:
        return f"{self.platform} of {self.user_id}"
