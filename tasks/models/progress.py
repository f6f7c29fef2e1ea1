"""What a job says of itself beyond what every task has: the facet that progress speaks.

Made on first use; name, status, parent and moments of change are the task's own columns.
"""

from django.db import models
from django.db.models import Q

from tasks.models.task import Task
from tasks.rules.progress import DEFAULT_VALUE_MAX, MAX_LABEL, MAX_SECONDS


class Progress(models.Model):
    """Whoever changes this row holds the lock of its task.

    data: free JSON, as text: both databases give back exactly what was sent (docs/adr/0025).
    stale_check_at, overrun_at: when the sweeps have to look at it; NULL = never. The first one lies at or
    before the moment at which it goes stale, so a heartbeat need not write it.
    """

    task = models.OneToOneField(
        Task, primary_key=True, on_delete=models.CASCADE, related_name="progress", db_index=False
    )
    value = models.BigIntegerField(null=True, blank=True)
    value_max = models.BigIntegerField(default=DEFAULT_VALUE_MAX)
    data = models.TextField(null=True, blank=True)
    tags = models.JSONField(default=dict, blank=True)
    queue = models.CharField(max_length=MAX_LABEL, blank=True, default="")
    external_id = models.CharField(max_length=MAX_LABEL, blank=True, default="")

    start_time = models.DateTimeField(null=True, blank=True)
    end_time = models.DateTimeField(null=True, blank=True)
    time_to_start = models.DurationField(null=True, blank=True)
    max_runtime = models.IntegerField(null=True, blank=True)  # seconds
    stale_timeout = models.IntegerField(null=True, blank=True)  # seconds
    stale_check_at = models.DateTimeField(null=True, blank=True)
    overrun_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "progress"
        constraints = [
            models.CheckConstraint(
                name="progress_values_are_not_negative",
                condition=(Q(value=None) | Q(value__gte=0)) & Q(value_max__gte=0),
            ),
            models.CheckConstraint(
                name="progress_max_runtime_in_range",
                condition=Q(max_runtime=None) | Q(max_runtime__gte=1, max_runtime__lte=MAX_SECONDS),
            ),
            models.CheckConstraint(
                name="progress_stale_timeout_in_range",
                condition=Q(stale_timeout=None) | Q(stale_timeout__gte=1, stale_timeout__lte=MAX_SECONDS),
            ),
        ]
        indexes = [
            models.Index(
                fields=["stale_check_at"],
                name="progress_stale_check",
                condition=Q(stale_check_at__isnull=False),
            ),
            models.Index(
                fields=["overrun_at"], name="progress_overrun", condition=Q(overrun_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} of {self.value_max}"
