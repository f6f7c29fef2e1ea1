"""One time that a task was to be done, or was done.

When the next one comes is the schedule's business.
"""

from django.db import models
from django.db.models import Q

from tasks.models.task import Task
from tasks.rules.vocabulary import OccurrenceStatus, Source
from tasktracker.core.ids import new_id


class Occurrence(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Its indexes below all begin with the task.
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="occurrences", db_index=False)
    status = models.CharField(max_length=24, default=str(OccurrenceStatus.PENDING))
    source = models.CharField(max_length=16)
    scheduled_for = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                name="occurrence_status_is_canonical",
                condition=Q(status__in=[str(status) for status in OccurrenceStatus]),
            ),
            models.CheckConstraint(
                name="occurrence_source_is_known",
                condition=Q(source__in=[str(source) for source in Source]),
            ),
            models.CheckConstraint(
                name="occurrence_slot_iff_scheduled",
                condition=Q(source=str(Source.SCHEDULE), scheduled_for__isnull=False)
                | (~Q(source=str(Source.SCHEDULE)) & Q(scheduled_for=None)),
            ),
            models.CheckConstraint(
                name="occurrence_closed_at_iff_closed",
                condition=Q(status=str(OccurrenceStatus.PENDING), closed_at=None)
                | (~Q(status=str(OccurrenceStatus.PENDING)) & Q(closed_at__isnull=False)),
            ),
            # P23: one occurrence per slot, whatever the schedulers do.
            models.UniqueConstraint(fields=["task", "scheduled_for"], name="occurrence_once_per_slot"),
            models.UniqueConstraint(
                fields=["task"],
                name="occurrence_one_pending",
                condition=Q(status=str(OccurrenceStatus.PENDING)),
            ),
        ]
        indexes = [
            models.Index(fields=["task", "id"], name="occurrence_log"),
            models.Index(
                fields=["task", "closed_at"],
                name="occurrence_last_completed",
                condition=Q(status=str(OccurrenceStatus.COMPLETED)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.created_at:%Y-%m-%d %H:%M}"
