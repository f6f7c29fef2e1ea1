"""Beeminder data points: queued with the task that causes them, one for each task and goal, ever.

What tasks name as goals is rules/goals.py; the call is gateways/beeminder.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from uuid import UUID, uuid5

from django.conf import settings

from accounts.models import Beeminder
from accounts.operations.integrations import token_purpose
from charges.gateways.beeminder import post_data_point
from charges.rules.goals import COMMENT_CHARACTERS, goals_on_completion, goals_on_creation
from tasks.models import Task
from tasks.operations.events import TaskEvent
from tasks.rules.vocabulary import Event
from tasktracker.core.money import dollars
from tasktracker.core.sealing import CannotOpen, unseal
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries
from tasktracker.outbox.rules.outcomes import Outcome

KIND: Final = "data_point"
_NAMESPACE: Final = UUID("62656564-6d69-5e64-a570-6f696e747321")
_CONNECTED: Final = {"username__gt": "", "token_sealed__gt": ""}


def post_created(task: Task, *, at: datetime) -> None:
    """Queue the data points of a new staked task: to the goal for new tasks, and to each `&goal`."""
    account = Beeminder.objects.filter(pk=task.owner_id, **_CONNECTED).first()
    if account is not None:
        _queue(task, goals_on_creation(task.title, account.goal_new_tasks), "task.created", at)


def hear_of_tasks(events: Sequence[TaskEvent], *, at: datetime) -> None:
    """Queue the data points of completed staked tasks, to each `*goal`. Listens to tasks' events."""
    done = {
        event.task_id: event.owner_id
        for event in events
        if event.event == Event.TASK_COMPLETED and goals_on_completion(event.title)
    }
    if not done:
        return
    connected = set(
        Beeminder.objects.filter(pk__in=set(done.values()), **_CONNECTED).values_list("pk", flat=True)
    )
    wanted = [task_id for task_id, owner_id in done.items() if owner_id in connected]
    for task in Task.objects.filter(pk__in=wanted, stake_cents__isnull=False):
        _queue(task, goals_on_completion(task.title), "task.completed", at)


def _queue(task: Task, goals: Sequence[str], event: str, at: datetime) -> None:
    rows = [
        NewDelivery(
            kind=KIND,
            event=event,
            event_id=uuid5(_NAMESPACE, f"{task.pk}:{goal}"),
            endpoint=f"beeminder:{task.owner_id}",
            account_id=task.owner_id,
            subject_id=task.pk,
            payload=json.dumps({"goal": goal, "point": _point(task, goal, at)}),
        )
        for goal in goals
    ]
    enqueue_deliveries(rows, once=True)


def _point(task: Task, goal: str, at: datetime) -> dict[str, str]:
    due = f"{task.due_at:%Y-%m-%d %H:%M} UTC" if task.due_at else "no deadline"
    return {
        "value": "1",
        "timestamp": str(int(at.timestamp())),
        "comment": f"{task.title} ({due}, {dollars(task.stake_cents or 0)})"[:COMMENT_CHARACTERS],
        "requestid": f"{task.pk}-{goal}",
    }


@dataclass(frozen=True, slots=True)
class _Account:
    """Who posts. token: sealed; it is opened only to send."""

    user_id: int
    username: str
    token_sealed: str


class DataPointHandler:
    """Sends deliveries of kind "data_point"; their endpoint is "beeminder:<account>"."""

    concurrency_per_endpoint = 1

    def load(self, deliveries: Sequence[Delivery]) -> Mapping[UUID, object | None]:
        """Fetch the connections of a batch, in one query; without one the data point is cancelled."""
        rows = Beeminder.objects.filter(pk__in={each.account_id for each in deliveries}, **_CONNECTED)
        accounts = {row.pk: _Account(row.pk, row.username, row.token_sealed) for row in rows}
        return {delivery.pk: accounts.get(delivery.account_id) for delivery in deliveries}

    def send(self, delivery: Delivery, context: object) -> Outcome:
        """Post one data point. The network only."""
        account = cast("_Account", context)
        try:
            token = unseal(account.token_sealed, purpose=token_purpose(account.user_id)).decode()
        except CannotOpen:
            return Outcome("retry", error="token cannot be opened")
        said = json.loads(delivery.payload)
        return post_data_point(
            settings.TASKTRACKER_BEEMINDER_URL,
            username=account.username,
            goal=said["goal"],
            token=token,
            point=said["point"],
        )

    def settled(self, delivery: Delivery, context: object, outcome: Outcome, at: datetime) -> None:
        """Nothing follows: the account's owner sees in Beeminder what has arrived."""
