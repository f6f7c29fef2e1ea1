"""Firing actions: which of them a change of standing sets off, and their delivery rows beside that change.

When a trigger fires is rules/triggers.py; sending is the outbox's work, so no action can fail a report.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import Q, QuerySet

from tasks.models import Action, ProjectAction, Webhook
from tasks.operations import action_mail
from tasks.operations.events import KIND
from tasks.rules.integrations import EMAIL, recipients, webhook_slug
from tasks.rules.name_patterns import fits
from tasks.rules.payloads import action_payload, progress_url
from tasks.rules.progress import Standing, Tracked
from tasks.rules.triggers import OVERRUN, crossed, names_overrun
from tasks.rules.vocabulary import ActionStatus
from tasktracker.core.compiled import CompiledQuery, Row
from tasktracker.core.ids import new_id
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries

log = logging.getLogger(__name__)

EVENT = "action.fired"


@dataclass(frozen=True, slots=True)
class Step:
    """A task that went on. before: where it stood; None when it has just been made."""

    before: Standing | None
    task: Tracked


@dataclass(frozen=True, slots=True)
class _Watcher:
    """An action of a task, or a rule of its project. action_id: None for a rule."""

    action_id: int | None
    name: str
    trigger: str
    integration: str
    config: str


@dataclass(frozen=True, slots=True)
class _Fired:
    """A watcher that is set off by a task, at a point."""

    watcher: _Watcher
    task: Tracked
    point: str


def fire(steps: Sequence[Step], at: datetime) -> int:
    """Queue what these steps set off; each action at most once for a step. Returns how many actions ran.

    Inside the transaction of the steps, whose tasks are locked (P25).
    """
    gone_on = [step for step in steps if step.before != step.task.standing]
    watchers = _watchers_of([step.task for step in gone_on])
    fired = [
        _Fired(watcher, step.task, point)
        for step in gone_on
        for watcher in watchers.get(step.task.id, ())
        if (point := crossed(watcher.trigger, step.before, step.task.standing)) is not None
    ]
    _deliver(fired, at)
    return len(fired)


def fire_overruns(tasks: Sequence[Tracked], at: datetime) -> int:
    """Queue what is set off by tasks that have run for too long. Returns how many actions ran."""
    watchers = _watchers_of(tasks)
    fired = [
        _Fired(watcher, task, OVERRUN)
        for task in tasks
        for watcher in watchers.get(task.id, ())
        if names_overrun(watcher.trigger)
    ]
    _deliver(fired, at)
    return len(fired)


def _watchers_of(tasks: Sequence[Tracked]) -> dict[UUID, list[_Watcher]]:
    """Find who watches each of these tasks: its own actions, then rules of its project that fit its name."""
    if not tasks:
        return {}
    found: dict[UUID, list[_Watcher]] = {task.id: [] for task in tasks}
    for task_id, *columns in _own_actions(tasks):
        found[task_id].append(_Watcher(columns[0], "", *columns[1:]))
    rules = list(_rules(tasks))
    for task in tasks:
        for organization_id, project_id, pattern, *columns in rules:
            is_here = organization_id == task.organization_id and project_id in {None, task.project_id}
            if is_here and fits(pattern, task.title):
                found[task.id].append(_Watcher(None, *columns))
    return found


def _own_actions(tasks: Sequence[Tracked]) -> Iterable[Row]:
    if len(tasks) == 1:
        return _actions_of_one.all(task_id=tasks[0].id)
    return _actions(task_id__in=[task.id for task in tasks])


def _rules(tasks: Sequence[Tracked]) -> Iterable[Row]:
    if len(tasks) == 1:
        return _rules_of_one.all(organization_id=tasks[0].organization_id)
    return _rules_query(organization_id__in={task.organization_id for task in tasks})


def _deliver(fired: Sequence[_Fired], at: datetime) -> None:
    if not fired:
        return
    enqueue_deliveries(list(_calls(fired)))
    for each in fired:
        if each.watcher.integration == EMAIL:
            _mail(each, at)


def _calls(fired: Sequence[_Fired]) -> Iterator[NewDelivery]:
    """Make the deliveries to webhooks. One that is gone or switched off meanwhile gets none."""
    by_slug = [(each, slug) for each in fired if (slug := webhook_slug(each.watcher.integration))]
    if not by_slug:
        return
    endpoints = _endpoints({each.task.project_id for each, _ in by_slug}, {slug for _, slug in by_slug})
    for each, slug in by_slug:
        endpoint = endpoints.get((each.task.project_id, slug))
        if endpoint is None:
            log.warning("action.webhook_gone", extra={"task": str(each.task.id), "slug": slug})
            continue
        place = (new_id(), str(endpoint), each.task.owner_id)
        yield NewDelivery(KIND, EVENT, *place, _payload(each), subject_id=each.task.id)


def _endpoints(project_ids: set[int], slugs: set[str]) -> dict[tuple[int | None, str], UUID]:
    rows = Webhook.objects.filter(project__in=project_ids, slug__in=slugs, is_enabled=True).order_by()
    return {(project_id, slug): pk for pk, project_id, slug in rows.values_list("pk", "project_id", "slug")}


def _payload(fired: _Fired) -> str:
    watcher = fired.watcher
    action = {
        "id": watcher.action_id,
        "name": watcher.name or None,
        "trigger": watcher.trigger,
        "integration": watcher.integration,
        "config": orjson.Fragment(watcher.config),
    }
    base_url = settings.TASKTRACKER_BASE_URL
    return action_payload(fired.task, action=action, point=fired.point, base_url=base_url)


def _mail(fired: _Fired, at: datetime) -> None:
    task = fired.task
    action_mail.queue_action_mail(
        organization_id=task.organization_id,
        account_id=task.owner_id,
        task_id=task.id,
        to=recipients(orjson.loads(fired.watcher.config)),
        subject=f"{task.title or 'Task'}: {fired.point}",
        lines=[
            f"{task.title or 'A task'} ({task.organization_slug}/{task.project_slug}) reached {fired.point}.",
            f"Status: {task.word}. Progress: {_progress_words(task)}.",
            progress_url(settings.TASKTRACKER_BASE_URL, task.organization_slug, task.id),
        ],
        at=at,
    )


def _progress_words(task: Tracked) -> str:
    if task.value is None:
        return "none yet"
    percent = "" if task.percent is None else f" ({task.percent} %)"
    return f"{task.value} of {task.value_max}{percent}"


def _actions(**tasks: Any) -> QuerySet[Action, Row]:
    rows = Action.objects.filter(status=ActionStatus.ACTIVE, **tasks).order_by("pk")
    return rows.values_list("task_id", "pk", "trigger", "integration", "config")


def _rules_query(**organizations: Any) -> QuerySet[ProjectAction, Row]:
    rows = ProjectAction.objects.filter(Q(is_enabled=True), **organizations).order_by("pk")
    return rows.values_list(
        "organization_id", "project_id", "pattern", "name", "trigger", "integration", "config"
    )


_actions_of_one = CompiledQuery(_actions, task_id=UUID(int=1))
_rules_of_one = CompiledQuery(_rules_query, organization_id=1)
