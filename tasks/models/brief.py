"""The facet of tasks that the agents dialect speaks: what an agent is told beyond title and description."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from tasks.models.task import Task
from tasks.rules.briefs import MAX_REPOSITORY, Origin


class Brief(models.Model):
    """Made when agents makes a task, or first changes or runs one that was made elsewhere.

    project, number: the task's number there (0 for the first), and its slug is made of it. They say nothing
    any more once the task is in another project, until agents gives it a number there.
    is_title_given: a person chose the title, it was not made from the description.
    json_schema: what the output of runs must look like; JSON as text (docs/adr/0025), NULL = anything.
    is_internal: absent from lists.
    """

    task = models.OneToOneField(
        Task, primary_key=True, on_delete=models.CASCADE, related_name="brief", db_index=False
    )
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    number = models.IntegerField()
    is_title_given = models.BooleanField(default=False)
    origin = models.CharField(max_length=24, default=str(Origin.USER_CREATED))
    repository = models.CharField(max_length=MAX_REPOSITORY, null=True, blank=True)
    signal_report = models.UUIDField(null=True, blank=True)
    json_schema = models.TextField(null=True, blank=True)
    ci_prompt = models.TextField(null=True, blank=True)
    is_internal = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="brief_number_once_per_project"),
            models.CheckConstraint(name="brief_number_is_not_negative", condition=Q(number__gte=0)),
            models.CheckConstraint(
                name="brief_origin_is_known", condition=Q(origin__in=[str(origin) for origin in Origin])
            ),
            models.CheckConstraint(
                name="brief_repository_is_lower_case",
                condition=Q(repository=None) | Q(repository=Lower(F("repository"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}-{self.number}"
