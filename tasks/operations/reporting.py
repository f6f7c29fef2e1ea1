"""What a program reports of a task's status, and what belongs to completing it or to taking that back.

Who may report, and what else is written, stands with the operations that do: progress.py and the runs.
"""

from datetime import datetime

from accounts.rules.principal import Principal
from tasks.models import Task
from tasks.operations.events import announce
from tasks.operations.finishing import finish
from tasks.operations.moves import close_pending, move, record_completed, require_reopenable
from tasks.queries.occurrences import newest_completed
from tasks.rules.binding import require_unbound
from tasks.rules.states import OCCURRENCE, REPORTED
from tasks.rules.vocabulary import Event, Status
from tasktracker.core.states import advance


def report_status(
    task: Task, status: str, *, principal: Principal, at: datetime, is_whole: bool = True
) -> None:
    """Move a locked task that has not expired to another status, with its occurrence and its news.

    is_whole: see finish(). Progress and actions are left to the caller.
    Raises DeadlinePassed, StakeBinds, OwnerOnly, TaskArchived; nothing is changed then.
    """
    if status == Status.SUCCESS:
        move(task, REPORTED, status, at, completed_at=at)
        if not close_pending(task, "complete", at):
            record_completed(task, at)
        finish(task, principal=principal, at=at, is_whole=is_whole)
        return
    if status == Status.CANCELLED:
        require_unbound(status=task.status, stake_cents=task.stake_cents)
    if task.status != Status.SUCCESS:
        move(task, REPORTED, status, at, completed_at=None)
        return
    require_reopenable(task, principal)
    move(task, REPORTED, status, at, completed_at=None)
    newest = newest_completed(task)
    if newest is not None:
        advance(newest, OCCURRENCE, "invalidate", at)
    announce(task, Event.TASK_INVALIDATED, at=at)
