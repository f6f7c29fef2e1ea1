"""What follows a completion, whichever operation completes: sub-tasks, the next one, the news."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Agenda, Occurrence, Task, Webhook
from tasks.operations.lifecycle import complete_occurrence, complete_task, trigger_task, uncomplete_task
from tests.conftest import NOW
from tests.domain.tasks.conftest import FAR, PAST, log_of, row_of, told

pytestmark = pytest.mark.django_db

MakeTask = Callable[..., Task]


@pytest.fixture
def recurring(task: Task, owner: User) -> Task:
    """A task that comes again every day, due in 2100."""
    Task.objects.filter(pk=task.pk).update(due_at=FAR)
    Agenda.objects.create(
        task=task,
        owner=owner,
        order_key="a5",
        priority="high",
        recurrence_pattern="daily",
        recurrence_interval=1,
        recurrence_until=date(2100, 1, 2),
    )
    task.refresh_from_db()
    return task


def status_of(task: Task) -> str:
    return Task.objects.get(pk=task.pk).status


def test_open_sub_tasks_are_completed_with_one_event_each(
    task: Task, make_task: MakeTask, caller: Principal, webhook: Webhook, at: datetime
) -> None:
    plain, pending = (make_task(parent_id=task.pk) for _ in range(2))
    trigger_task(principal=caller, task_id=pending.pk, at=at)

    complete_task(principal=caller, task_id=task.pk, at=at)

    rows = Task.objects.order_by("pk").values_list("status", "completed_at", "updated_at")
    assert list(rows) == [("success", at, at)] * 3
    assert log_of(plain) == [("completed", "completion")]
    assert log_of(pending) == [("completed", "manual")]
    assert told(webhook) == ["task.triggered", *["task.completed"] * 3]


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "cancelled"},
        {"status": "expired"},
        {"status": "success", "completed_at": PAST},
        {"archived_at": PAST},
        {"deleted_at": PAST},
        {"stake_cents": 500, "due_at": PAST},
    ],
)
def test_others_stay_as_they_are(
    task: Task, make_task: MakeTask, caller: Principal, at: datetime, columns: dict[str, Any]
) -> None:
    child = make_task(columns, parent_id=task.pk)
    before = row_of(child)

    complete_task(principal=caller, task_id=task.pk, at=at)

    assert row_of(child) == before
    assert status_of(task) == "success"


def test_a_staked_sub_task_in_time_is_completed(
    task: Task, make_task: MakeTask, caller: Principal, at: datetime
) -> None:
    child = make_task({"stake_cents": 500, "due_at": FAR}, parent_id=task.pk)

    complete_task(principal=caller, task_id=task.pk, at=at)

    assert status_of(child) == "success"


def test_what_the_caller_cannot_reach_stays(
    task: Task,
    make_task: MakeTask,
    caller: Principal,
    outsider: User,
    teammate: User,
    project: Project,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    Task.objects.filter(pk=task.pk).update(project=project)
    foreign = make_task({"owner": outsider, "project": outsider.personal_organization.projects.get()})
    Task.objects.filter(pk=foreign.pk).update(parent=task)
    shared = make_task({"owner": outsider, "project": project}, parent_id=task.pk)

    complete_task(principal=principal_of(teammate), task_id=task.pk, at=at)

    assert [status_of(one) for one in (task, foreign, shared)] == ["success", "pending", "success"]


def test_completing_an_occurrence_completes_sub_tasks_too(
    task: Task, make_task: MakeTask, caller: Principal, at: datetime
) -> None:
    child = make_task(parent_id=task.pk)
    occurrence = trigger_task(principal=caller, task_id=task.pk, at=at)

    complete_occurrence(principal=caller, occurrence_id=occurrence.pk, at=at)

    assert status_of(child) == "success"


def test_undoing_leaves_sub_tasks_done(
    task: Task, make_task: MakeTask, caller: Principal, at: datetime
) -> None:
    child = make_task(parent_id=task.pk)
    complete_task(principal=caller, task_id=task.pk, at=at)

    uncomplete_task(principal=caller, task_id=task.pk, at=at)

    assert (status_of(task), status_of(child)) == ("pending", "success")


def test_many_sub_tasks_cost_as_much_as_three(
    task: Task, make_task: MakeTask, caller: Principal, webhook: Webhook, at: datetime
) -> None:
    def cost(children: int) -> int:
        parent = make_task()
        for _ in range(children):
            trigger_task(principal=caller, task_id=make_task(parent_id=parent.pk).pk, at=at)
        with CaptureQueriesContext(connection) as statements:
            complete_task(principal=caller, task_id=parent.pk, at=at)
        return len(statements)

    assert cost(3) == cost(30)


# --- the next one -------------------------------------------------------------------------------------------
def test_the_next_one_is_made_in_its_place(recurring: Task, caller: Principal, at: datetime) -> None:
    complete_task(principal=caller, task_id=recurring.pk, at=at)

    following = Task.objects.exclude(pk=recurring.pk).get()
    copied = ("title", "description", "search_text", "project_id", "owner_id", "is_all_day")
    assert [getattr(following, name) for name in copied] == [getattr(recurring, name) for name in copied]
    assert (following.status, following.due_at) == ("pending", datetime(2100, 1, 2, tzinfo=UTC))
    assert Agenda.objects.filter(pk=following.pk).values().get() == {
        "task_id": following.pk,
        "owner_id": recurring.owner_id,
        "section_id": None,
        "order_key": "a5",
        "priority": "high",
        "color": "",
        "is_reminder_on": False,
        "recurrence_pattern": "daily",
        "recurrence_interval": 1,
        "recurrence_until": date(2100, 1, 2),
    }
    left = Agenda.objects.get(pk=recurring.pk)
    assert (left.order_key, left.recurrence_pattern, left.priority) == (None, "", "high")
    assert Occurrence.objects.filter(task=following).count() == 0


def test_it_is_made_once(recurring: Task, caller: Principal, at: datetime) -> None:
    for _ in range(2):
        complete_task(principal=caller, task_id=recurring.pk, at=at)
        uncomplete_task(principal=caller, task_id=recurring.pk, at=at)

    assert Task.objects.count() == 2


def test_none_is_made_after_the_end(recurring: Task, caller: Principal, at: datetime) -> None:
    Task.objects.filter(pk=recurring.pk).update(due_at=datetime(2100, 1, 2, tzinfo=UTC))

    complete_task(principal=caller, task_id=recurring.pk, at=at)

    assert Task.objects.count() == 1


def test_a_stake_stays_with_the_task_that_it_was_put_on(
    recurring: Task, caller: Principal, at: datetime
) -> None:
    Task.objects.filter(pk=recurring.pk).update(stake_cents=500)

    complete_task(principal=caller, task_id=recurring.pk, at=at)

    assert sorted(Task.objects.values_list("status", "stake_cents")) == [("pending", None), ("success", 500)]


def test_an_owner_befores_recurrence_is_over(
    recurring: Task, teammate: User, principal_of: Callable[..., Principal], at: datetime
) -> None:
    Task.objects.filter(pk=recurring.pk).update(owner=teammate)

    complete_task(principal=principal_of(teammate), task_id=recurring.pk, at=at)

    assert Task.objects.count() == 1


def test_a_refused_completion_makes_nothing(recurring: Task, caller: Principal) -> None:
    Task.objects.filter(pk=recurring.pk).update(status="cancelled")

    with pytest.raises(Exception, match="Cannot complete"):
        complete_task(principal=caller, task_id=recurring.pk, at=NOW)

    assert Task.objects.count() == 1
