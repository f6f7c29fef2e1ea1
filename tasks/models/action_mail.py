"""Mail that actions send to strangers: how much of it an organization sent today, and who wants none.

The mails themselves are the outbox's rows.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class ActionMailCount(models.Model):
    """How many mails the actions of an organization queued on one UTC day."""

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    used = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "day"], name="action_mail_count_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.used} on {self.day}"


class ActionMailOptOut(models.Model):
    """An address that wants no mail from the actions of an organization."""

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    email = models.EmailField(max_length=254)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "email"], name="action_mail_opt_out_once"),
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="action_mail_opt_out_is_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.email
