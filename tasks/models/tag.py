"""Tags: an account's own words for its tasks.

The progress dialect's tags, a task's names and values, are another thing.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks.models.task import Task
from tasks.rules.planning import MAX_TAG_NAME, TagColor
from tasktracker.core.ids import new_id


class Tag(models.Model):
    """name: unique in the account, and "design" is another one than "Design"."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=MAX_TAG_NAME)
    color = models.CharField(max_length=8)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="tag_name_once_per_account"),
            models.CheckConstraint(
                name="tag_color_is_known", condition=Q(color__in=[str(color) for color in TagColor])
            ),
            models.CheckConstraint(name="tag_name_is_given", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class TaskTag(models.Model):
    """A tag on a task. It counts while the tag's owner owns the task."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="uses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "tag"], name="task_tag_once")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.task_id}"
