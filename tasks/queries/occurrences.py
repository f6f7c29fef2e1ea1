"""The log of a task: its occurrences, newest first.

Whether a task may be seen at all is decided in queries/tasks.py.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.queries.tasks import PAGE_SIZE, locked, reachable
from tasks.rules.vocabulary import OccurrenceStatus
from tasktracker.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class OccurrencePage:
    """One page, newest first. next_before: pass it as `before` for the next one; None on the last."""

    occurrences: list[Occurrence]
    next_before: UUID | None


def occurrence_page(
    *, principal: Principal, task_id: UUID, before: UUID | None = None, limit: int = PAGE_SIZE
) -> OccurrencePage:
    """List a page of one task's occurrences. Raises NotFound, Forbidden."""
    rows = occurrences_of(principal, task_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: limit + 1])
    return OccurrencePage(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def occurrences_of(principal: Principal, task_id: UUID) -> QuerySet[Occurrence]:
    """List one task's occurrences, newest first. Raises NotFound, Forbidden."""
    return Occurrence.objects.filter(task=reachable(principal, task_id)).order_by("-pk")


def locked_with_task(principal: Principal, occurrence_id: UUID) -> tuple[Task, Occurrence]:
    """Fetch one occurrence for a change, with its task, which is locked. Raises NotFound, Forbidden."""
    task_id = Occurrence.objects.filter(pk=occurrence_id).values_list("task_id", flat=True).first()
    if task_id is None:
        raise NotFound
    task = locked(principal, task_id)
    return task, Occurrence.objects.get(pk=occurrence_id)  # read again: the lock may have been waited for


def newest_completed(task: Task) -> Occurrence | None:
    """Find the completion that an undo of the task would take back."""
    done = Occurrence.objects.filter(task=task, status=OccurrenceStatus.COMPLETED)
    return done.order_by("-closed_at", "-pk").first()
