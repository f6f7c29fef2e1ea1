"""Signs of life. Nothing is decided by them; /readyz and people read them."""

from django.db import models


class Heartbeat(models.Model):
    """When a part of the system last said that it works."""

    name = models.CharField(primary_key=True, max_length=64)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
