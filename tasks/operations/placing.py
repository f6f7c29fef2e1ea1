"""Putting a task somewhere else: under another parent, into another project.

What it says is editing.py; its place in its owner's list is ordering.py.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from tasks.models import Task
from tasks.operations.editing import BadParent
from tasks.operations.relocating import bring_runs_along
from tasktracker.core.unset import UNSET, Unset


def place_task(
    task: Task, *, parent_id: UUID | Unset | None = UNSET, project_id: int | Unset = UNSET, at: datetime
) -> None:
    """Put a locked task under another parent, or with its sub-tasks into another project.

    Inside the caller's transaction; that the caller may write both of them is known. None: no parent.
    Raises BadParent (a task with sub-tasks cannot be one, nor its own).
    """
    columns: dict[str, Any] = {}
    if not isinstance(parent_id, Unset):
        if parent_id is not None and _has_children(task, parent_id):
            raise BadParent("nested", "A task with sub-tasks cannot be a sub-task.")
        columns["parent_id"] = parent_id
    if not isinstance(project_id, Unset):
        columns["project_id"] = project_id
        siblings = Task.objects.filter(parent=task, project_id=task.project_id)
        siblings.update(project_id=project_id, updated_at=at)
    if columns:
        Task.objects.filter(pk=task.pk).update(**columns, updated_at=at)
        for name, value in columns.items():
            setattr(task, name, value)
    if "project_id" in columns:
        bring_runs_along([task.pk], columns["project_id"])


def _has_children(task: Task, parent_id: UUID) -> bool:
    return parent_id == task.pk or Task.objects.filter(parent=task, deleted_at=None).exists()
