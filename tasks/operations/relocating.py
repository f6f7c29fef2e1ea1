"""What follows when tasks move to another project: their runs wait for that project's runners.

Whether a task may move is decided by the operation that moves it.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from tasks.models import Run


def bring_runs_along(task_ids: Collection[UUID], project_id: int) -> None:
    """Let the runs of these tasks and of their sub-tasks, as far as they moved too, be in the new project."""
    moved = Q(task__in=task_ids) | Q(task__parent__in=task_ids)
    runs = Run.objects.filter(moved, task__project=project_id).exclude(project=project_id)
    runs.update(project_id=project_id)
