"""The actions of a task: adding, changing and cancelling them, and what every action must be.

When they fire is firing.py; rules for a whole project are project_actions.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from accounts.rules.principal import Principal
from tasks.models import Action, Webhook
from tasks.queries.actions import action_of
from tasks.queries.progress import tracked_task
from tasks.queries.tasks import locked
from tasks.rules.integrations import integration_problems, webhook_slug
from tasks.rules.progress import Tracked
from tasks.rules.states import ACTION
from tasks.rules.triggers import BadTrigger, parse
from tasks.rules.vocabulary import ActionStatus
from tasktracker.core.errors import Invalid, Problem
from tasktracker.core.states import advance
from tasktracker.core.unset import UNSET, Unset

MAX_PER_TASK = 100


@dataclass(frozen=True, slots=True)
class NewAction:
    """When, where to, and how. config: any JSON value."""

    trigger: str
    integration: str
    config: Any = None


def add_action(*, principal: Principal, task_id: UUID, new: NewAction, at: datetime) -> Action:
    """Give a task one more action, which sees what happens from now on.

    Raises NotFound, Invalid (problems on `trigger`, `integration`, `config`).
    """
    with transaction.atomic():
        locked(principal, task_id)
        task = tracked_task(principal, task_id)
        require_actions(Webhook.objects.filter(project=task.project_id), [new], path="{field}")
        (action,) = _insert(task, [new], at)
    return action


def edit_action(
    *,
    principal: Principal,
    task_id: UUID,
    action_id: int,
    at: datetime,
    trigger: str | Unset = UNSET,
    integration: str | Unset = UNSET,
    config: Any = UNSET,
) -> Action:
    """Change an action; what is UNSET stays. Raises NotFound, Invalid, as add_action()."""
    with transaction.atomic():
        locked(principal, task_id)
        action = action_of(principal, task_id, action_id)
        wanted = NewAction(
            action.trigger if isinstance(trigger, Unset) else trigger,
            action.integration if isinstance(integration, Unset) else integration,
            orjson.loads(action.config) if isinstance(config, Unset) else config,
        )
        task = tracked_task(principal, task_id)
        require_actions(Webhook.objects.filter(project=task.project_id), [wanted], path="{field}")
        action.trigger, action.integration = wanted.trigger, wanted.integration
        action.config, action.updated_at = config_text(wanted.config), at
        action.save(update_fields=["trigger", "integration", "config", "updated_at"])
    return action


def cancel_action(*, principal: Principal, task_id: UUID, action_id: int, at: datetime) -> None:
    """End an action: it never fires again, and stays listed. Cancelled once is enough. Raises NotFound."""
    with transaction.atomic():
        locked(principal, task_id)
        action = action_of(principal, task_id, action_id)
        if action.status == ActionStatus.ACTIVE:
            advance(action, ACTION, "cancel", at)


def add_actions(task: Tracked, new: Sequence[NewAction], at: datetime) -> None:
    """Give a task the actions that came with a report on it, in the report's transaction.

    Raises Invalid (problems on `actions.<n>.<field>`).
    """
    if new:
        require_actions(Webhook.objects.filter(project=task.project_id), new)
        _insert(task, new, at)


def require_actions(
    webhooks: Any, actions: Sequence[NewAction], *, path: str = "actions.{place}.{field}"
) -> None:
    """Refuse actions that could never fire or reach anybody. webhooks: those that they may name.

    path: how the problems name their field. Raises Invalid.
    """
    slugs = {slug for action in actions if (slug := webhook_slug(action.integration))}
    known = set(webhooks.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
    problems = [
        Problem(path.format(place=place, field=problem.field), problem.code, problem.detail)
        for place, action in enumerate(actions)
        for problem in _problems(action, known)
    ]
    if problems:
        raise Invalid(*problems)


def config_text(config: Any) -> str:
    """Write a config as it is stored: the same on both databases."""
    return orjson.dumps({} if config is None else config).decode()


def _problems(action: NewAction, known_slugs: set[str]) -> Iterator[Problem]:
    try:
        parse(action.trigger)
    except BadTrigger as bad:
        yield from bad.problems
    yield from integration_problems(action.integration, action.config)
    slug = webhook_slug(action.integration)
    if slug and slug not in known_slugs:
        yield Problem("integration", "does_not_exist", "The project has no webhook of this name.")


def _insert(task: Tracked, new: Sequence[NewAction], at: datetime) -> list[Action]:
    active = Action.objects.filter(task=task.id, status=ActionStatus.ACTIVE).count()
    if active + len(new) > MAX_PER_TASK:
        raise Invalid(Problem("actions", "max_length", f"A task has at most {MAX_PER_TASK} actions."))
    rows = [
        Action(
            task_id=task.id,
            trigger=each.trigger,
            integration=each.integration,
            config=config_text(each.config),
            created_at=at,
            updated_at=at,
        )
        for each in new
    ]
    return Action.objects.bulk_create(rows)
