"""What follows when a task is completed, whoever completes it: its sub-tasks, the next one, the news.

Completing itself, and undoing it, is lifecycle.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.rules.principal import Principal
from tasks.models import Agenda, Occurrence, Task, TaskTag
from tasks.operations.events import TaskEvent, announce_all
from tasks.operations.following import follow_statuses
from tasks.queries.tasks import within_reach
from tasks.rules.recurrence import Pattern, Recurrence, next_due
from tasks.rules.states import OCCURRENCE, TASK
from tasks.rules.vocabulary import Event, OccurrenceStatus, Source
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledQuery, Row
from tasktracker.core.states import advance_all


def finish(task: Task, *, principal: Principal, at: datetime, is_whole: bool = True) -> None:
    """Complete the open sub-tasks of a completed task, make the next of a recurring one, and tell of it all.

    is_whole: its completion is that of its sub-tasks too; a program's report says nothing of what others run
    (docs/adr/0025-progress.md).
    Inside the transaction that completed the task and holds its lock. Sub-tasks that can no longer be
    completed (cancelled, expired, staked and past their deadline), or are put away, or are out of the
    caller's reach, stay as they are.
    """
    children: list[tuple[UUID, str, int]] = []
    if task.parent_id is None:
        family = _family_of(task, principal, is_whole=is_whole)
        children = [(pk, title, owner_id) for pk, title, owner_id, *_ in family if pk != task.pk]
        if children:
            _complete([child_id for child_id, *_ in children], at)
            follow_statuses({pk: status for pk, _, _, status, _ in family if pk != task.pk}, at)
        if any(pattern for pk, *_, pattern in family if pk == task.pk):
            _make_next(task, at)
    told = [(task.pk, task.title, task.owner_id), *children]
    announce_all([TaskEvent(Event.TASK_COMPLETED, *about) for about in told], at=at)


def _family_of(task: Task, principal: Principal, *, is_whole: bool) -> Sequence[Row]:
    if is_whole:
        return _family.all(task_id=task.pk, user_id=principal.user_id)
    return _alone.all(task_id=task.pk)


def _family_rows(task_id: UUID, user_id: int) -> QuerySet[Task, Any]:
    """Lock the sub-tasks that can be completed now, by the database's clock (P7), and read the task's rule.

    One statement, as nearly every task has neither. The last column: how the task comes again; "" or null.
    """
    in_time = Q(stake_cents=None) | Q(due_at__gt=DatabaseNow())
    sources, _ = TASK["finish"]
    children = within_reach(user_id) & in_time
    children &= Q(parent_id=task_id, status__in=sorted(sources), archived_at=None)
    return _with_pattern(children | Q(pk=task_id)).select_for_update(no_key=True)


def _with_pattern(which: Q) -> QuerySet[Task, Any]:
    agenda = Agenda.objects.filter(pk=OuterRef("pk"), owner_id=OuterRef("owner_id"))
    pattern = Subquery(agenda.values("recurrence_pattern")[:1])
    rows = Task.objects.filter(which).order_by("pk")
    return rows.values_list("pk", "title", "owner_id", "status", pattern)


_family = CompiledQuery(_family_rows, task_id=UUID(int=1), user_id=1)
_alone = CompiledQuery(lambda task_id: _with_pattern(Q(pk=task_id)), task_id=UUID(int=1))


# --- sub-tasks ----------------------------------------------------------------------------------------------
def _complete(task_ids: Sequence[UUID], at: datetime) -> None:
    """Complete locked sub-tasks: a few statements, however many they are."""
    advance_all(Task.objects.filter(pk__in=task_ids), TASK, "finish", completed_at=at, updated_at=at)
    occurrences = Occurrence.objects.filter(task__in=task_ids, status=OccurrenceStatus.PENDING)
    pending = set(occurrences.values_list("task_id", flat=True))
    if pending:
        advance_all(Occurrence.objects.filter(task__in=pending), OCCURRENCE, "complete", closed_at=at)
    Occurrence.objects.bulk_create(
        Occurrence(
            task_id=task_id,
            status=OccurrenceStatus.COMPLETED,
            source=Source.COMPLETION,
            created_at=at,
            closed_at=at,
        )
        for task_id in task_ids
        if task_id not in pending
    )


# --- the next one -------------------------------------------------------------------------------------------
def _make_next(task: Task, at: datetime) -> None:
    """Make the next of a recurring task, in its place. The recurrence goes over to it: it is made once."""
    agenda = Agenda.objects.select_related("owner").get(pk=task.pk)
    recurrence = Recurrence(
        Pattern(agenda.recurrence_pattern), agenda.recurrence_interval or 1, agenda.recurrence_until
    )
    due_at = next_due(recurrence, due_at=task.due_at, zone=ZoneInfo(agenda.owner.time_zone), at=at)
    if due_at is None:
        return
    following = _copied(Task.objects.get(pk=task.pk), due_at, at)
    Agenda.objects.filter(pk=task.pk).update(
        order_key=None, recurrence_pattern="", recurrence_interval=None, recurrence_until=None
    )
    agenda.pk = following.pk
    agenda.save(force_insert=True)
    tags = TaskTag.objects.filter(task=task).values_list("tag_id", flat=True)
    TaskTag.objects.bulk_create(TaskTag(task=following, tag_id=tag_id) for tag_id in tags)


def _copied(task: Task, due_at: datetime, at: datetime) -> Task:
    """Make a pending task that says the same. A stake is put on one task, not on those after it."""
    return Task.objects.create(
        project_id=task.project_id,
        owner_id=task.owner_id,
        title=task.title,
        description=task.description,
        search_text=task.search_text,
        due_at=due_at,
        is_all_day=task.is_all_day or task.due_at is None,
        notification_cooldown_seconds=task.notification_cooldown_seconds,
        created_at=at,
        updated_at=at,
    )
