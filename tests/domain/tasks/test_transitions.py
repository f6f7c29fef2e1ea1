"""The transition tables, against every status there is: nothing moves that is not listed here."""

from collections.abc import Callable
from datetime import datetime

import pytest

from tasks.models import Occurrence, Task
from tasks.rules.states import ACTION, OCCURRENCE, REPORTED, TASK
from tasks.rules.vocabulary import OccurrenceStatus, Status
from tasktracker.core.states import StateConflict, advance
from tests.domain.tasks.conftest import PAST

_OPEN = {"pending", "pre_processing", "processing", "post_processing", "error", "stale"}
TASK_MOVES = {
    "complete": (_OPEN | {"success"}, "success"),
    "reopen": ({"success"}, "pending"),
    "finish": (_OPEN, "success"),
    "cancel": (_OPEN, "cancelled"),
    "go stale": ({"pending", "pre_processing", "processing", "post_processing"}, "stale"),
    "expire": (_OPEN | {"cancelled"}, "expired"),
}
_ANY = _OPEN | {"success", "cancelled"}
OCCURRENCE_MOVES = {
    "complete": ({"pending"}, "completed"),
    "skip": ({"pending"}, "skipped"),
    "miss": ({"pending"}, "missed"),
    "invalidate": ({"completed"}, "invalidated"),
}


def test_the_tables_hold_these_moves_and_no_others() -> None:
    assert TASK == TASK_MOVES
    assert OCCURRENCE == OCCURRENCE_MOVES
    assert {status: (_ANY, status) for status in _ANY} == REPORTED
    assert {"cancel": ({"active"}, "cancelled")} == ACTION


@pytest.mark.parametrize("event", TASK_MOVES)
@pytest.mark.parametrize("status", list(Status))
def test_a_task_moves_along_the_table_only(
    make_task: Callable[..., Task], at: datetime, status: Status, event: str
) -> None:
    task = make_task({"status": status, "completed_at": PAST if status == Status.SUCCESS else None})
    sources, target = TASK_MOVES[event]
    completed_at = at if target == "success" else None

    if status in sources:
        advance(task, TASK, event, at, completed_at=completed_at)
        assert (task.status, task.updated_at) == (target, at)
    else:
        with pytest.raises(StateConflict):
            advance(task, TASK, event, at, completed_at=completed_at)

    task.refresh_from_db()
    assert task.status == (target if status in sources else status)


@pytest.mark.parametrize("event", OCCURRENCE_MOVES)
@pytest.mark.parametrize("status", list(OccurrenceStatus))
def test_an_occurrence_moves_along_the_table_only(
    task: Task, at: datetime, status: OccurrenceStatus, event: str
) -> None:
    closed_at = None if status == OccurrenceStatus.PENDING else PAST
    occurrence = Occurrence.objects.create(
        task=task, status=status, source="manual", created_at=at, closed_at=closed_at
    )
    sources, target = OCCURRENCE_MOVES[event]

    if status in sources:
        advance(occurrence, OCCURRENCE, event, at, closed_at=at)
    else:
        with pytest.raises(StateConflict):
            advance(occurrence, OCCURRENCE, event, at, closed_at=at)

    occurrence.refresh_from_db()
    assert occurrence.status == (target if status in sources else status)
