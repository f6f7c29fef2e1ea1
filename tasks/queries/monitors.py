"""Monitors and who came by, as those who may see the project do.

Nothing here changes a row.
"""

from uuid import UUID

from django.db.models import QuerySet

from accounts.queries.projects import project_visible_to, projects_visible_to
from accounts.rules.principal import Principal
from tasks.models import CheckIn, Monitor
from tasktracker.core.errors import NotFound


def monitors_of(principal: Principal, *, project_id: int) -> QuerySet[Monitor]:
    """List the monitors of a project, by name. Raises NotFound."""
    project_visible_to(principal, project_id=project_id)
    return Monitor.objects.filter(project=project_id).order_by("name", "pk")


def monitor_visible_to(principal: Principal, monitor_id: UUID) -> Monitor:
    """Find one monitor, with its project. Raises NotFound."""
    projects = projects_visible_to(principal).order_by().values("pk")
    monitors = Monitor.objects.filter(project__in=projects).select_related("project__organization")
    monitor = monitors.filter(pk=monitor_id).first()
    if monitor is None:
        raise NotFound
    return monitor


def check_ins_of(monitor: Monitor, *, limit: int) -> list[CheckIn]:
    """List the newest runs that came by, with their tasks."""
    return list(CheckIn.objects.filter(monitor=monitor).select_related("task").order_by("-pk")[:limit])
