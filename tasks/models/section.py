"""How a project is laid out: its sections, and the view that its people chose.

Projects themselves belong to accounts; which section a task stands in is its agenda's (agenda.py).
"""

from django.db import models
from django.db.models import Q

from accounts.rules.names import NAME_MAX_LENGTH
from tasks.models.ordering import OrderKeyField
from tasks.rules.planning import ViewMode
from tasktracker.core.ids import new_id


class Section(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    order_key = OrderKeyField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "order_key"], name="section_order_key_once"),
            models.CheckConstraint(name="section_name_is_given", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectDisplay(models.Model):
    """Made when somebody first chooses a view."""

    project = models.OneToOneField(
        "accounts.Project", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    view_mode = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="project_display_view_is_known",
                condition=Q(view_mode__in=[str(mode) for mode in ViewMode]),
            ),
        ]

    def __str__(self) -> str:
        return self.view_mode
