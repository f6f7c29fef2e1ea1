"""Monitors: which jobs are expected when, and which came.

When the next one is expected is rules/monitors.py; who looks is operations/monitors.py.
"""

from django.db import models
from django.db.models import Q

from tasks.models.task import Task
from tasks.rules.integrations import MAX_INTEGRATION
from tasks.rules.monitors import MAX_CRON, MAX_GRACE_SECONDS, MAX_INTERVAL_SECONDS, MonitorKind
from tasktracker.core.ids import new_id


class Monitor(models.Model):
    """A promise that a job comes by, every so many seconds or by cron.

    expected_at: when the next run is to check in. alarm_at: when it is missing (grace over); NULL once that
    was told, or while the monitor is off. missing_since: the expected moment that was missed and told.
    integration, config: who is told, as in an action.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=[(str(kind), str(kind)) for kind in MonitorKind])
    interval_seconds = models.IntegerField(null=True, blank=True)
    cron = models.CharField(max_length=MAX_CRON, blank=True, default="")
    time_zone = models.CharField(max_length=64, default="UTC")
    grace_seconds = models.IntegerField(default=60)
    integration = models.CharField(max_length=MAX_INTEGRATION)
    config = models.TextField(default="{}")
    is_enabled = models.BooleanField(default=True)

    expected_at = models.DateTimeField(null=True, blank=True)
    alarm_at = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)
    last_check_in_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                name="monitor_plan_fits_kind",
                condition=Q(
                    kind=str(MonitorKind.INTERVAL),
                    interval_seconds__isnull=False,
                    interval_seconds__gte=1,
                    interval_seconds__lte=MAX_INTERVAL_SECONDS,
                    cron="",
                )
                | (Q(kind=str(MonitorKind.CRON), interval_seconds=None) & ~Q(cron="")),
            ),
            models.CheckConstraint(
                name="monitor_grace_in_range",
                condition=Q(grace_seconds__gte=0, grace_seconds__lte=MAX_GRACE_SECONDS),
            ),
        ]
        indexes = [
            models.Index(fields=["alarm_at"], name="monitor_alarm", condition=Q(alarm_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class CheckIn(models.Model):
    """One run that came by. was_late: after its grace."""

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="check_ins", db_index=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    was_late = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["monitor", "-id"], name="check_in_of_monitor")]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"
