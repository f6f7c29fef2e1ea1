"""Who is watching a task right now, on which device: their other devices are left in peace."""

from django.conf import settings
from django.db import models

from tasks.models.task import Task


class Presence(models.Model):
    """One device before one task, worth something until expires_at by the database's clock (P27).

    Expired rows stay until they are renewed or swept; readers look at the moment.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    push_token = models.ForeignKey("accounts.PushToken", on_delete=models.CASCADE, related_name="+")
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "push_token"], name="presence_once_per_device"),
        ]
        indexes = [
            models.Index(fields=["user", "task", "expires_at"], name="presence_of_user"),
            models.Index(fields=["expires_at"], name="presence_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} until {self.expires_at}"
