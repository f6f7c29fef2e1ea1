"""What an account wants to be told, and when. Only the todo dialect speaks of it.

Sending reminders does not belong here.
"""

from django.db import models
from django.db.models import Q

from accounts.models.users import User
from accounts.rules.preferences import DEFAULT_REMINDER_MINUTES, MOST_REMINDER_MINUTES


class Preferences(models.Model):
    """The wishes of one account. digest_time: of day, in the account's time zone."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="preferences")
    wants_email = models.BooleanField(default=True)
    reminder_before_minutes = models.PositiveIntegerField(default=DEFAULT_REMINDER_MINUTES)
    wants_task_reminders = models.BooleanField(default=True)
    wants_automatic_reminders = models.BooleanField(default=True)
    wants_daily_digest = models.BooleanField(default=False)
    digest_time = models.TimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(
                condition=Q(reminder_before_minutes__lte=MOST_REMINDER_MINUTES),
                name="preferences_reminder_is_near",
            )
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"
