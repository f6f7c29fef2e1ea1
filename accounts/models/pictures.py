"""Profile pictures: which files of our store are whose. The files themselves are gateways/pictures.py."""

from django.db import models
from django.db.models import Q

from accounts.models.users import User
from accounts.rules.pictures import NAME_LENGTH


class Picture(models.Model):
    """One file of the store, named before it is written.

    user: whose picture it is now; NULL for one that is being written, was replaced, or has lost its account:
    the sweep removes those with their files.
    """

    name = models.CharField(primary_key=True, max_length=NAME_LENGTH)
    user = models.OneToOneField(User, null=True, on_delete=models.SET_NULL, related_name="picture")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(user__isnull=True), name="picture_of_nobody")
        ]

    def __str__(self) -> str:
        return self.name
