"""What shall happen when a job passes a point: actions of one task, and rules for all of a project's.

The language of triggers is rules/triggers.py; what an integration needs is rules/integrations.py.
"""

from django.db import models
from django.db.models import Q

from tasks.models.task import Task
from tasks.rules.integrations import MAX_INTEGRATION
from tasks.rules.name_patterns import MAX_PATTERN
from tasks.rules.triggers import MAX_TRIGGER
from tasks.rules.vocabulary import ActionStatus


class Action(models.Model):
    """An action of one task. config: JSON, as text (see Progress.data)."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="actions", db_index=False)
    trigger = models.CharField(max_length=MAX_TRIGGER)
    integration = models.CharField(max_length=MAX_INTEGRATION)
    config = models.TextField(default="{}")
    status = models.CharField(max_length=16, default=str(ActionStatus.ACTIVE))
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="action_status_is_known",
                condition=Q(status__in=[str(status) for status in ActionStatus]),
            ),
            models.CheckConstraint(
                name="action_says_when_and_where", condition=~Q(trigger="") & ~Q(integration="")
            ),
        ]
        indexes = [models.Index(fields=["task", "id"], name="action_of_task")]

    def __str__(self) -> str:
        return f"{self.trigger}: {self.integration}"


class ProjectAction(models.Model):
    """An action of every job in a project, or in the whole organization, whose name fits.

    project: NULL = all projects of the organization. pattern: RE2, found anywhere in the name; "" = any name.
    """

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=100)
    pattern = models.CharField(max_length=MAX_PATTERN, blank=True, default="")
    trigger = models.CharField(max_length=MAX_TRIGGER)
    integration = models.CharField(max_length=MAX_INTEGRATION)
    config = models.TextField(default="{}")
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="project_action_says_when_and_where", condition=~Q(trigger="") & ~Q(integration="")
            ),
        ]
        indexes = [models.Index(fields=["organization", "id"], name="project_action_of_org")]

    def __str__(self) -> str:
        return self.name
