"""Telling the devices of a task's creator what became of a run.

When there is news is decided by the operation on the run; sending is push_deliveries.py and the outbox.
Source: agents.md A.7.
"""

from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Membership, PushToken
from tasks.models import Presence, PushCoolDown, Run, Task
from tasks.rules.pushes import COOL_DOWNS, push_payload
from tasks.rules.runs import PushKind
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.ids import new_id
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries

KIND: Final = "push"


def push_run_news(*, run: Run, kind: PushKind, at: datetime) -> int:
    """Queue one push for each device of the task's creator, in the transaction that made the news.

    Nothing is queued while one of their devices watches the task (by the database's clock), within the
    cool-down of this kind of news of this run, for a deleted task, or for somebody who has left the project.
    run: locked by the caller. Returns how many were queued.
    """
    task = Task.objects.only("title", "owner", "project", "deleted_at").get(pk=run.task_id)
    devices = list(_devices(task).values_list("pk", flat=True))
    if task.deleted_at is not None or not devices or not _starts_cool_down(run, kind, at):
        return 0
    event_id = new_id()
    payload = push_payload(kind, title=task.title, task_id=task.pk, run_id=run.pk)
    rows = [
        NewDelivery(KIND, f"run.{kind}", event_id, str(device), task.owner_id, payload) for device in devices
    ]
    enqueue_deliveries(rows)
    return len(rows)


def _devices(task: Task) -> QuerySet[PushToken]:
    """Find the devices that may be told: none of somebody who is watching, or is no member any more."""
    belongs = Membership.objects.filter(
        user=OuterRef("user"), user__is_active=True, organization__projects=task.project_id
    )
    watching = Presence.objects.filter(task=task, user=OuterRef("user"), expires_at__gt=DatabaseNow())
    return PushToken.objects.filter(Exists(belongs), ~Exists(watching), user=task.owner_id).order_by("pk")


def _starts_cool_down(run: Run, kind: PushKind, at: datetime) -> bool:
    """Say whether this kind of news of the run was not told a moment ago, and note that now it is."""
    told = PushCoolDown.objects.filter(run=run, kind=kind)
    if told.filter(told_at__lte=at - COOL_DOWNS[kind]).update(told_at=at):
        return True
    _, is_first = PushCoolDown.objects.get_or_create(run=run, kind=kind, defaults={"told_at": at})
    return is_first
