"""What follows for a task's progress when its status changes by another door than progress.

Nothing happens for a task that nobody reports on and no action watches, which one statement tells.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from tasks.models import Action, Progress, ProjectAction, Task
from tasks.operations.firing import Step, fire
from tasks.queries.progress import tracked_by_ids
from tasks.rules.progress import moments_after
from tasks.rules.vocabulary import ActionStatus
from tasktracker.core.compiled import CompiledQuery, Row


def follow_status(task: Task, *, was: str, at: datetime) -> None:
    """Let progress and actions follow a status that has just changed from `was`, in the same transaction.

    task: locked, and advanced already.
    """
    if was != task.status and any(_watchers.first(task_id=task.pk) or ()):
        follow_statuses({task.pk: was}, at)


def follow_statuses(was: Mapping[UUID, str], at: datetime) -> None:
    """Let progress and actions follow the statuses of several tasks, locked and advanced already.

    was: the status that each had before.
    """
    steps: list[Step] = []
    for task in tracked_by_ids(list(was)):
        before = replace(task, status=was[task.id])
        if task.has_facet:
            changes = moments_after(before, status=task.status, said={}, at=at)
            Progress.objects.filter(task=task.id).update(**changes)
            task = replace(task, **changes)  # noqa: PLW2901  # the same task, a moment later
        steps.append(Step(before.standing, task))
    fire(steps, at)


def _watchers_query(task_id: UUID) -> QuerySet[Task, Row]:
    """Ask whether a task has progress, actions of its own, or rules of its project."""
    of_place = Q(project=None) | Q(project=OuterRef("project"))
    rules = ProjectAction.objects.filter(
        of_place, organization=OuterRef("project__organization"), is_enabled=True
    )
    actions = Action.objects.filter(task=OuterRef("pk"), status=ActionStatus.ACTIVE)
    reports = Progress.objects.filter(task=OuterRef("pk"))
    found = (Exists(each.order_by()) for each in (reports, actions, rules))
    return Task.objects.filter(pk=task_id).order_by().values_list(*found)


_watchers = CompiledQuery(_watchers_query, task_id=UUID(int=1))
