"""The end of a staked task whose deadline was missed. Whether and why it ends so is decided in charges."""

from datetime import datetime

from tasks.models import Occurrence, Task
from tasks.operations.events import announce
from tasks.operations.following import follow_status
from tasks.rules.states import OCCURRENCE, TASK
from tasks.rules.vocabulary import Event
from tasktracker.core.states import advance, advance_all


def expire_task(task: Task, *, at: datetime) -> None:
    """Expire a task that the caller has locked; its pending occurrence is missed. Event: task.missed.

    Its progress and its actions follow: to those who watch it run it is an error.
    Inside a transaction. Raises StateConflict when it is completed, or has expired before.
    """
    was = task.status
    advance(task, TASK, "expire", at)
    follow_status(task, was=was, at=at)
    advance_all(Occurrence.objects.filter(task=task), OCCURRENCE, "miss", closed_at=at)
    announce(task, Event.TASK_MISSED, at=at)
