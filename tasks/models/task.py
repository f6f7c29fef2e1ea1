"""The task itself: the columns that at least two dialects speak.

What only one dialect speaks lives in a facet of its own (ARCHITECTURE.md, docs/adr/0014).
"""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks.rules.limits import MAX_STAKE_CENTS, MAX_TITLE, MIN_STAKE_CENTS
from tasks.rules.progress import RUNNING
from tasks.rules.vocabulary import Status
from tasktracker.core.ids import new_id


class Task(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )  # one level: tasks.operations.editing

    title = models.CharField(max_length=MAX_TITLE, blank=True)
    description = models.TextField(blank=True)
    search_text = models.TextField(blank=True, db_default="", editable=False)  # rules/search.py
    status = models.CharField(max_length=16, default=str(Status.PENDING))
    due_at = models.DateTimeField(null=True, blank=True)
    is_all_day = models.BooleanField(default=False)
    stake_cents = models.IntegerField(null=True, blank=True)
    notification_cooldown_seconds = models.IntegerField(null=True, blank=True)

    completed_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    pending_occurrence_id: UUID | None  # no column: queries.tasks counts it in when it reads for showing

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                name="task_status_is_canonical",
                condition=Q(status__in=[str(status) for status in Status]),
            ),
            models.CheckConstraint(
                name="task_stake_in_range",
                condition=Q(stake_cents=None)
                | Q(stake_cents__gte=MIN_STAKE_CENTS, stake_cents__lte=MAX_STAKE_CENTS),
            ),
            models.CheckConstraint(
                name="task_stake_has_deadline",
                condition=Q(stake_cents=None) | Q(due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_completed_at_iff_success",
                condition=Q(status=str(Status.SUCCESS), completed_at__isnull=False)
                | (~Q(status=str(Status.SUCCESS)) & Q(completed_at=None)),
            ),
            models.CheckConstraint(
                name="task_cooldown_is_positive",
                condition=Q(notification_cooldown_seconds=None) | Q(notification_cooldown_seconds__gte=1),
            ),
            models.CheckConstraint(
                name="task_is_not_its_own_parent", condition=Q(parent=None) | ~Q(parent=models.F("id"))
            ),
        ]
        # Lists are read newest first from a key, and never past what was deleted.
        indexes = [
            models.Index(fields=["owner", "id"], name="task_owner_page", condition=Q(deleted_at=None)),
            models.Index(fields=["project", "id"], name="task_project_page", condition=Q(deleted_at=None)),
            models.Index(
                fields=["project", "id"],
                name="task_running_in_project",
                condition=Q(
                    deleted_at=None, archived_at=None, status__in=[str(status) for status in sorted(RUNNING)]
                ),
            ),
            models.Index(  # what a deadline may still cost somebody (charges.operations.missed)
                fields=["due_at", "id"],
                name="task_stake_at_risk",
                condition=Q(deleted_at=None)
                & Q(stake_cents__isnull=False)
                & ~Q(status=str(Status.SUCCESS))
                & ~Q(status=str(Status.EXPIRED)),
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)
