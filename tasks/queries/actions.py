"""The actions of a task, and the rules for a whole project, as those who may see them do.

Nothing here changes a row.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.queries.projects import project_visible_to
from accounts.rules.principal import Principal
from tasks.models import Action, ProjectAction, Task
from tasks.queries.progress import tracked_task
from tasktracker.core.errors import NotFound


def actions_of(principal: Principal, task_id: UUID) -> Sequence[Action]:
    """List the actions of a task, cancelled ones too, oldest first. Raises NotFound."""
    return list(Action.objects.filter(task=tracked_task(principal, task_id).id).order_by("pk"))


def actions_on(task: Task) -> Sequence[Action]:
    """List the actions of a task that the caller was found to see, oldest first."""
    return list(Action.objects.filter(task=task).order_by("pk"))


def action_of(principal: Principal, task_id: UUID, action_id: int) -> Action:
    """Find one action of a task. Raises NotFound."""
    action = Action.objects.filter(task=tracked_task(principal, task_id).id, pk=action_id).first()
    if action is None:
        raise NotFound
    return action


def project_actions(principal: Principal, *, project_id: int) -> QuerySet[ProjectAction]:
    """List the rules that hold in a project, those of the whole organization too. Raises NotFound."""
    project = project_visible_to(principal, project_id=project_id)
    here = Q(project=project_id) | Q(project=None)
    return ProjectAction.objects.filter(here, organization=project.organization_id).order_by("pk")
