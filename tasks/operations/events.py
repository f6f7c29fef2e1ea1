"""Telling the world: which webhooks an event goes to, and their delivery rows in the caller's transaction.

When an event happens is decided by the operation that makes it happen; sending is the outbox's work.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from tasks.models import Run, Task, Webhook
from tasks.rules.payloads import run_payload, task_body, task_payload
from tasks.rules.vocabulary import Event
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.ids import new_id
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries

KIND = "webhook"


@dataclass(frozen=True, slots=True)
class RunNews:
    """The run that an event is about, as it was then."""

    id: UUID
    status: str
    error_message: str | None


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """Something that happened to a task, or to a run of it."""

    event: Event
    task_id: UUID
    title: str
    owner_id: int
    run: RunNews | None = None


class Listener(Protocol):
    """What an app above does about events, in the transaction that makes them happen."""

    def __call__(self, events: Sequence[TaskEvent], *, at: datetime) -> None: ...


_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Let `listener` hear of every event. Called once, from an app's ready(); it must be cheap."""
    _listeners.append(listener)


@dataclass(frozen=True, slots=True)
class _Subscriber:
    endpoint: str
    events: frozenset[str]


def announce(task: Task, *events: Event, at: datetime) -> None:
    """Queue what happened to one task, in this order."""
    announce_all([TaskEvent(event, task.pk, task.title, task.owner_id) for event in events], at=at)


def announce_run(task: Task, run: Run, event: Event, *, at: datetime) -> None:
    """Queue what happened to a run, for the webhooks of its task's owner."""
    news = RunNews(run.pk, run.status, run.error_message)
    announce_all([TaskEvent(event, task.pk, task.title, task.owner_id, news)], at=at)


def announce_all(events: Sequence[TaskEvent], *, at: datetime) -> None:
    """Queue one delivery for each event and each enabled webhook of the task's owner that subscribed to it.

    One SELECT and one INSERT, however many events (P10: in the transaction of the change itself). What apps
    above have asked to hear of is told to them here, in the same transaction.
    """
    if not events:
        return
    for listener in _listeners:
        listener(events, at=at)
    subscribers = _subscribers({event.owner_id for event in events})
    enqueue_deliveries([row for event in events for row in _rows(event, subscribers[event.owner_id], at)])


def _rows(event: TaskEvent, subscribers: Iterable[_Subscriber], at: datetime) -> Iterator[NewDelivery]:
    wanted = [subscriber for subscriber in subscribers if event.event in subscriber.events]
    if not wanted:
        return
    event_id = new_id()  # the webhook-id: the same for every receiver and every attempt
    payload = _payload(event, at)
    for subscriber in wanted:
        place = (event_id, subscriber.endpoint, event.owner_id)
        yield NewDelivery(KIND, event.event, *place, payload, subject_id=event.task_id)


def _payload(event: TaskEvent, at: datetime) -> str:
    base_url = settings.TASKTRACKER_BASE_URL
    if event.run is None:
        return task_payload(
            event=event.event, task_id=event.task_id, title=event.title, base_url=base_url, at=at
        )
    task = task_body(task_id=event.task_id, title=event.title, base_url=base_url)
    run = {
        "id": str(event.run.id),
        "status": event.run.status,
        "error_message": event.run.error_message,
    }
    return run_payload(event=event.event, task=task, run=run, at=at)


def _subscribers(owner_ids: set[int]) -> defaultdict[int, list[_Subscriber]]:
    found: defaultdict[int, list[_Subscriber]] = defaultdict(list)
    for owner_id, webhook_id, events in _enabled_webhooks(owner_ids):
        found[owner_id].append(_Subscriber(str(webhook_id), frozenset(events)))
    return found


def _enabled_webhooks(owner_ids: set[int]) -> Iterable[tuple[Any, ...]]:
    if len(owner_ids) == 1:
        return _of_one_owner.all(user_id=min(owner_ids))
    return _of(user_id__in=owner_ids)


def _of(**owners: Any) -> QuerySet[Webhook, Any]:
    rows = Webhook.objects.filter(is_enabled=True, **owners).order_by("pk")
    return rows.values_list("user_id", "pk", "events")


_of_one_owner = CompiledQuery(_of, user_id=1)
