"""Changing and deleting projects with what is in them.

Who a project belongs to, its name and its slug are accounts'.
"""

from datetime import datetime

from django.db import transaction

from accounts.operations.projects import delete_project as delete_place
from accounts.operations.projects import rename_project
from accounts.queries.accounts import lock_account
from accounts.rules.principal import Principal
from tasks.models import ProjectDisplay, Section, Task, Webhook
from tasks.operations.shelving import delete_families
from tasks.queries.projects import writable_project
from tasks.rules.planning import ViewMode
from tasktracker.core.unset import UNSET, Unset


def edit_project(
    *,
    principal: Principal,
    project_id: int,
    name: str | Unset = UNSET,
    view_mode: ViewMode | Unset | None = UNSET,
) -> None:
    """Rename a project (for those who manage it), or choose its view (for all who may write it).

    view_mode: None takes the choice back.
    Raises NotFound, RoleTooSmall, BadName.
    """
    with transaction.atomic():
        project = writable_project(principal, project_id)
        if not isinstance(name, Unset):
            rename_project(principal=principal, project_id=project.pk, name=name)
        if view_mode is None:
            ProjectDisplay.objects.filter(project=project).delete()
        elif not isinstance(view_mode, Unset):
            ProjectDisplay.objects.update_or_create(project=project, defaults={"view_mode": view_mode})


def delete_project(*, principal: Principal, project_id: int, at: datetime) -> None:
    """Delete a personal project with its tasks, sections and webhooks. Refused whole when a task is bound.

    Raises NotFound, NotPersonal, InboxStays, StakeBinds.
    """
    with transaction.atomic():
        lock_account(principal.user_id)
        project = writable_project(principal, project_id)
        delete_place(principal=principal, project_id=project.pk, at=at)
        delete_families(Task.objects.filter(project=project), at)
        for rows in (Section, ProjectDisplay, Webhook):
            rows.objects.filter(project=project).delete()
