"""What the processor told us, and where its book and ours differ."""

from django.db import models
from django.db.models import Q

from charges.models.charges import Charge


class ProcessorEvent(models.Model):
    """An event of the processor, by its own id: it is applied by reading its object again (P3).

    due_at: when to apply it (again); null when that was done.
    """

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="processor_event_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Difference(models.Model):
    """Something that the processor's book says and ours does not, or the other way round.

    key: what it is about, so that the same one is noted once.  charge: None where no row of ours is known.
    """

    key = models.CharField(max_length=300, unique=True)
    charge = models.ForeignKey(Charge, null=True, on_delete=models.PROTECT, related_name="+")
    intent_id = models.CharField(max_length=255, blank=True)
    detail = models.CharField(max_length=300)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key


class Cursor(models.Model):
    """How far a periodic look at the processor has come.

    ran_at: when it was last begun, by the database's clock.  reached_at: what lies before was compared.
    """

    name = models.CharField(primary_key=True, max_length=32)
    ran_at = models.DateTimeField()
    reached_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
