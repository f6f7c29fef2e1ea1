"""Places for streams: how many live streams an account has open, over all processes together.

What is streamed stands in operations; how many one process may serve is its own affair.
"""

from django.conf import settings
from django.db import models


class StreamPlace(models.Model):
    """One place of an account; it is free once held_until has passed, by the database's clock.

    holder: which stream has it, so that one that was late gives nothing back that is not its own.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    place = models.SmallIntegerField()
    holder = models.UUIDField()
    held_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="stream_place_once")]

    def __str__(self) -> str:
        return f"{self.place} of {self.user_id}"
