"""Exports: the copy of everything that an account asked for, and how far it is written."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models.users import User
from accounts.rules.exports import ExportState
from tasktracker.core.ids import new_id


class Export(models.Model):
    """One copy. Its parts and its file lie in STORAGES["exports"] under its id.

    sections_done: which part comes next. rows_done, part_rows, rows_total: how far it is, for whoever waits:
    those of finished parts, of the one that is being written, and of all when it was asked for.
    lease_until, fence: of the worker that writes it. size: of the file, in bytes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=8, default=str(ExportState.OPEN))
    sections_done = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    part_rows = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="export_of_user"),
            models.Index(
                fields=["created_at"], condition=Q(state=ExportState.OPEN), name="export_to_be_written"
            ),
            models.Index(
                fields=["expires_at"], condition=~Q(state=ExportState.GONE), name="export_to_be_removed"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state=ExportState.OPEN), name="one_open_export"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in ExportState]), name="export_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ExportState.OPEN, finished_at=None)
                | (~Q(state=ExportState.OPEN) & Q(finished_at__isnull=False)),
                name="export_finished_with_its_state",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def percent(self) -> int:
        """Say how far it is, 0 to 100; 100 only when it can be fetched."""
        if self.state != ExportState.OPEN:
            return 100
        return min(99, (self.rows_done + self.part_rows) * 100 // max(1, self.rows_total))

    def is_ready(self, at: datetime) -> bool:
        """Say whether the file can be fetched."""
        return self.state == ExportState.DONE and at < self.expires_at
