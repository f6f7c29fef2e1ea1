"""Accounts that are being closed: how far it has come, so that it can be taken up again (P32)."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Closing(models.Model):
    """An account on its way out.

    asked_at: from then on no credential works and no chain of charges goes on.
    erased_at: when nothing personal was left; null until then.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="closing_open", condition=Q(erased_at=None))]

    def __str__(self) -> str:
        return f"closing of {self.user_id}"
