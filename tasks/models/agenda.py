"""The facet of tasks that the todo dialect speaks: how its owner means to do a task.

Columns that other dialects speak too stand on Task (ARCHITECTURE.md; docs/adr/0020).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks.models.ordering import OrderKeyField
from tasks.models.section import Section
from tasks.models.task import Task
from tasks.rules.planning import MAX_COLOR, Priority
from tasks.rules.recurrence import MAX_RECURRENCE_INTERVAL, Pattern

_REPEATS = Q(recurrence_pattern__in=[str(pattern) for pattern in Pattern])


class Agenda(models.Model):
    """A task's place in its owner's list, and their notes to it; made on first use.

    owner: whose it is. It says nothing any more once the task has another owner. order_key: null = nobody has
    put the task anywhere (rules.order.key_of_id).
    """

    task = models.OneToOneField(Task, primary_key=True, on_delete=models.CASCADE, related_name="agenda")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    section = models.ForeignKey(
        Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # counts while the task is in the section's project
    order_key = OrderKeyField(null=True, blank=True)
    priority = models.CharField(max_length=8, blank=True)
    color = models.CharField(max_length=MAX_COLOR, blank=True)
    is_reminder_on = models.BooleanField(default=False)
    recurrence_pattern = models.CharField(max_length=8, blank=True)
    recurrence_interval = models.SmallIntegerField(null=True, blank=True)
    recurrence_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "order_key"], name="agenda_order_key_once"),
            models.CheckConstraint(
                name="agenda_priority_is_known",
                condition=Q(priority__in=["", *(str(priority) for priority in Priority)]),
            ),
            models.CheckConstraint(
                name="agenda_recurrence_is_whole",
                condition=Q(recurrence_pattern="", recurrence_interval=None, recurrence_until=None)
                | (
                    _REPEATS
                    & Q(recurrence_interval__gte=1, recurrence_interval__lte=MAX_RECURRENCE_INTERVAL)
                    & Q(recurrence_interval__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.order_key or "unplaced"
