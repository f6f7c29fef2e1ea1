"""Rules for all tasks of a project, or of the whole organization, whose names fit a pattern.

Those who manage the organization make them, on the web. When they fire is firing.py.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Organization, Project
from accounts.queries.organizations import own_role
from accounts.queries.projects import project_visible_to
from accounts.rules.names import given_name
from accounts.rules.principal import Principal, require_whole_account
from accounts.rules.roles import may_manage
from tasks.models import ProjectAction, Webhook
from tasks.operations.actions import NewAction, config_text, require_actions
from tasks.queries.actions import project_actions
from tasks.rules.name_patterns import pattern_problems
from tasktracker.core.errors import Forbidden, Invalid, NotFound, RuleBroken

_NAME_MAX_LENGTH = 100
MAX_PER_ORGANIZATION = 50


class TooManyRules(RuleBroken):
    """The organization has as many rules as it may."""

    default_message = "There are too many project actions already."


def managed_project(principal: Principal, project_id: int) -> Project:
    """Find a project that the caller manages. Raises NotForKeys, NotFound, Forbidden."""
    require_whole_account(principal)
    project = project_visible_to(principal, project_id=project_id)
    if not may_manage(own_role(principal, project.organization_id)):
        raise Forbidden
    return project


def add_project_action(
    *,
    principal: Principal,
    project_id: int,
    name: str,
    new: NewAction,
    at: datetime,
    pattern: str = "",
    is_for_all_projects: bool = False,
) -> ProjectAction:
    """Make a rule for the tasks of a project, or of its whole organization.

    pattern: RE2, found anywhere in a task's name; "" fits every name.
    Raises NotForKeys, NotFound, Forbidden, BadName, Invalid (problems on these names), TooManyRules.
    """
    project = managed_project(principal, project_id)
    place = None if is_for_all_projects else project_id
    values = _values(name, pattern, new, project, place)
    with transaction.atomic():
        # Locked, so that two at once are counted.
        Organization.objects.select_for_update().get(pk=project.organization_id)
        of_organization = ProjectAction.objects.filter(organization=project.organization_id)
        if of_organization.count() >= MAX_PER_ORGANIZATION:
            raise TooManyRules
        return ProjectAction.objects.create(
            organization_id=project.organization_id, created_at=at, updated_at=at, **values
        )


def edit_project_action(
    *,
    principal: Principal,
    project_id: int,
    action_id: int,
    name: str,
    new: NewAction,
    at: datetime,
    pattern: str = "",
    is_for_all_projects: bool = False,
) -> ProjectAction:
    """Write a rule anew. Raises as add_project_action()."""
    project = managed_project(principal, project_id)
    place = None if is_for_all_projects else project_id
    values = {**_values(name, pattern, new, project, place), "updated_at": at}
    return _change(principal, project_id, action_id, values)


def switch_project_action(
    *, principal: Principal, project_id: int, action_id: int, is_enabled: bool, at: datetime
) -> ProjectAction:
    """Switch a rule on or off. Raises NotForKeys, NotFound, Forbidden."""
    managed_project(principal, project_id)
    return _change(principal, project_id, action_id, {"is_enabled": is_enabled, "updated_at": at})


def delete_project_action(*, principal: Principal, project_id: int, action_id: int) -> None:
    """Remove a rule for good. Raises NotForKeys, NotFound, Forbidden."""
    managed_project(principal, project_id)
    deleted, _ = project_actions(principal, project_id=project_id).filter(pk=action_id).delete()
    if not deleted:
        raise NotFound


def _values(name: str, pattern: str, new: NewAction, project: Project, place: int | None) -> dict[str, Any]:
    """Check what a rule says, and list its columns."""
    problems = list(pattern_problems(pattern))
    if problems:
        raise Invalid(*problems)
    webhooks = Webhook.objects.filter(project__organization=project.organization_id)
    require_actions(webhooks if place is None else webhooks.filter(project=place), [new], path="{field}")
    return {
        "project_id": place,
        "name": given_name(name, max_length=_NAME_MAX_LENGTH),
        "pattern": pattern,
        "trigger": new.trigger,
        "integration": new.integration,
        "config": config_text(new.config),
    }


def _change(principal: Principal, project_id: int, action_id: int, values: dict[str, Any]) -> ProjectAction:
    rules = project_actions(principal, project_id=project_id).filter(pk=action_id)
    if not rules.update(**values):
        raise NotFound
    return ProjectAction.objects.get(pk=action_id)
