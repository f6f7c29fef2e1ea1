"""Monitors: promising that runs come by, noting those that do, and telling when one is missing or late.

When the next one is expected is rules/monitors.py.
"""

import logging
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from accounts.models import Membership, Project
from accounts.rules.names import given_name
from accounts.rules.principal import Principal
from accounts.rules.roles import OWNER
from tasks.models import CheckIn, Monitor, Webhook
from tasks.operations.action_mail import queue_action_mail
from tasks.operations.actions import NewAction, config_text, require_actions
from tasks.operations.events import KIND
from tasks.operations.project_actions import managed_project
from tasks.queries.monitors import monitor_visible_to
from tasks.rules.integrations import EMAIL, recipients, webhook_slug
from tasks.rules.monitors import Rhythm, expected_after, rhythm_problems
from tasks.rules.payloads import moment_text, monitor_payload
from tasks.rules.progress import Tracked, later
from tasktracker.core.errors import Invalid, RuleBroken
from tasktracker.core.failpoints import failpoint
from tasktracker.core.ids import new_id
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries

log = logging.getLogger(__name__)

MAX_PER_PROJECT = 100
MISSING = "monitor.missing"
LATE = "monitor.late"
BATCH_SIZE = 100

_NAME_MAX_LENGTH = 100
_NO_TRIGGER = "error"  # monitors have none; any that is one passes the check of an action


class TooManyMonitors(RuleBroken):
    """The project has as many monitors as it may."""

    default_message = "There are too many monitors already."


def add_monitor(
    *,
    principal: Principal,
    project_id: int,
    name: str,
    rhythm: Rhythm,
    integration: str,
    config: Any,
    at: datetime,
) -> Monitor:
    """Expect runs from now on, and tell somebody when one is missing or late.

    integration, config: whom, as in an action.
    Raises NotForKeys, NotFound, Forbidden, BadName, Invalid (problems on these names), TooManyMonitors.
    """
    project = managed_project(principal, project_id)
    values = _values(name, rhythm, integration, config, project)
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project_id)  # so that two at once are counted
        if Monitor.objects.filter(project=project_id).count() >= MAX_PER_PROJECT:
            raise TooManyMonitors
        return Monitor.objects.create(
            project=project, created_at=at, updated_at=at, **values, **_expectation(rhythm, at)
        )


def edit_monitor(
    *,
    principal: Principal,
    monitor_id: UUID,
    name: str,
    rhythm: Rhythm,
    integration: str,
    config: Any,
    is_enabled: bool,
    at: datetime,
) -> Monitor:
    """Write a monitor anew; runs are expected from now on, if it is on.

    Raises NotForKeys, NotFound, Forbidden, BadName, Invalid (problems on these names).
    """
    found = monitor_visible_to(principal, monitor_id)
    project = managed_project(principal, found.project_id)
    values = _values(name, rhythm, integration, config, project)
    expectation = _expectation(rhythm, at) if is_enabled else _no_expectation()
    changes = {**values, **expectation, "is_enabled": is_enabled, "missing_since": None, "updated_at": at}
    with transaction.atomic():
        monitor = Monitor.objects.select_for_update().get(pk=monitor_id)
        return _save(monitor, changes)


def switch_monitor(*, principal: Principal, monitor_id: UUID, is_enabled: bool, at: datetime) -> Monitor:
    """Expect runs again from now on, or none until then; a run that comes meanwhile is noted.

    What was missing is missing no more; the state that it is in already is no change.
    Raises NotForKeys, NotFound, Forbidden.
    """
    found = monitor_visible_to(principal, monitor_id)
    managed_project(principal, found.project_id)
    with transaction.atomic():
        monitor = Monitor.objects.select_for_update().get(pk=monitor_id)
        if monitor.is_enabled == is_enabled:
            return monitor
        expectation = _expectation(rhythm_of(monitor), at) if is_enabled else _no_expectation()
        changes = {**expectation, "is_enabled": is_enabled, "missing_since": None, "updated_at": at}
        return _save(monitor, changes)


def delete_monitor(*, principal: Principal, monitor_id: UUID) -> None:
    """Expect nothing any more, and forget who came. Raises NotForKeys, NotFound, Forbidden."""
    found = monitor_visible_to(principal, monitor_id)
    managed_project(principal, found.project_id)
    Monitor.objects.filter(pk=monitor_id).delete()


def check_in(*, monitor_id: UUID, task: Tracked, at: datetime) -> None:
    """Note that a run came by, in the transaction that makes its task; tell when it is late.

    An unknown monitor, or one of another project, is logged and fails nothing (ruling "monitors").
    """
    monitors = Monitor.objects.filter(pk=monitor_id, project=task.project_id)
    monitor = monitors.select_for_update(of=("self",)).select_related("project__organization").first()
    if monitor is None:
        log.warning("monitor.unknown", extra={"monitor": str(monitor_id), "project": task.project_id})
        return
    was_late = monitor.missing_since is not None or (monitor.alarm_at is not None and monitor.alarm_at < at)
    expected_at = monitor.missing_since or monitor.expected_at
    CheckIn.objects.create(monitor=monitor, task_id=task.id, was_late=was_late, created_at=at)
    expectation = _expectation(rhythm_of(monitor), at) if monitor.is_enabled else _no_expectation()
    _save(monitor, {**expectation, "missing_since": None, "last_check_in_at": at})
    if was_late:
        _alert(LATE, monitor, expected_at, at)


def watch_monitors(at: datetime) -> int:
    """Tell of every monitor whose run is missing, once until it comes. Returns how many.

    Safe to run twice and side by side.
    """
    if not Monitor.objects.filter(alarm_at__lt=at).exists():
        return 0  # most ticks: without a transaction
    told = 0
    while True:
        found = _tell_batch(at)
        told += found
        if found < BATCH_SIZE:
            return told


def rhythm_of(monitor: Monitor) -> Rhythm:
    """Read a monitor's plan."""
    return Rhythm(
        kind=monitor.kind,
        interval_seconds=monitor.interval_seconds,
        cron=monitor.cron,
        time_zone=monitor.time_zone,
        grace_seconds=monitor.grace_seconds,
    )


def _tell_batch(at: datetime) -> int:
    with transaction.atomic():
        due = Monitor.objects.filter(alarm_at__lt=at).order_by("alarm_at", "pk")
        locked = due.select_related("project__organization").select_for_update(skip_locked=True, of=("self",))
        monitors = list(locked[:BATCH_SIZE])
        for monitor in monitors:
            expected_at = monitor.expected_at
            _save(monitor, {"missing_since": expected_at, "alarm_at": None})
            _alert(MISSING, monitor, expected_at, at)
        failpoint("monitors.before_commit")
    return len(monitors)


def _values(name: str, rhythm: Rhythm, integration: str, config: Any, project: Project) -> dict[str, Any]:
    """Check what a monitor says, and list its columns."""
    problems = list(rhythm_problems(rhythm))
    if problems:
        raise Invalid(*problems)
    told = NewAction(_NO_TRIGGER, integration, config)
    require_actions(Webhook.objects.filter(project=project), [told], path="{field}")
    return {
        "name": given_name(name, max_length=_NAME_MAX_LENGTH),
        "integration": integration,
        "config": config_text(config),
        **asdict(rhythm),
    }


def _expectation(rhythm: Rhythm, at: datetime) -> dict[str, datetime | None]:
    expected_at = expected_after(rhythm, at)
    alarm_at = later(expected_at, rhythm.grace_seconds) if expected_at else None
    return {"expected_at": expected_at, "alarm_at": alarm_at}


def _no_expectation() -> dict[str, datetime | None]:
    return {"expected_at": None, "alarm_at": None}


def _save(monitor: Monitor, changes: dict[str, Any]) -> Monitor:
    for name, value in changes.items():
        setattr(monitor, name, value)
    monitor.save(update_fields=list(changes))
    return monitor


def _alert(event: str, monitor: Monitor, expected_at: datetime | None, at: datetime) -> None:
    """Queue the word that a run is missing, or came late. monitor: as it is now."""
    organization_id = monitor.project.organization_id
    owners = Membership.objects.filter(organization=organization_id, role=OWNER).order_by("user_id")
    account_id = owners.values_list("user_id", flat=True).first() or 0
    if monitor.integration == EMAIL:
        queue_action_mail(
            organization_id=organization_id,
            account_id=account_id,
            to=recipients(orjson.loads(monitor.config)),
            subject=f"{monitor.name}: {_SUBJECTS[event]}",
            lines=list(_lines(event, monitor, expected_at, at)),
            at=at,
        )
        return
    slug = webhook_slug(monitor.integration) or ""
    webhooks = Webhook.objects.filter(project=monitor.project_id, slug=slug, is_enabled=True)
    payload = monitor_payload(
        event=event,
        monitor={
            "id": str(monitor.pk),
            "name": monitor.name,
            "organization": monitor.project.organization.slug,
            "project": monitor.project.slug,
            "expected_at": moment_text(expected_at),
            "last_check_in_at": moment_text(monitor.last_check_in_at),
        },
        at=at,
    )
    keys = webhooks.values_list("pk", flat=True)
    enqueue_deliveries([NewDelivery(KIND, event, new_id(), str(key), account_id, payload) for key in keys])


_SUBJECTS = {MISSING: "a run is missing", LATE: "a run came late"}


def _lines(event: str, monitor: Monitor, expected_at: datetime | None, at: datetime) -> Iterable[str]:
    place = f"{monitor.project.organization.slug}/{monitor.project.slug}"
    yield f"{monitor.name} ({place}): {_SUBJECTS[event]}."
    yield f"It was expected at {moment_text(expected_at)}, with {monitor.grace_seconds} s of grace."
    if event == LATE:
        yield f"It came at {moment_text(at)}."
    else:
        yield f"The last run came at {moment_text(monitor.last_check_in_at) or 'no time yet'}."
    yield f"{settings.TASKTRACKER_BASE_URL}/"
