"""Tasks under many hands at once: one pending occurrence, one for a slot, nothing told twice or lost."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Schedule, Task, Webhook
from tasks.operations.editing import create_task, edit_task
from tasks.operations.lifecycle import complete_task, trigger_task, uncomplete_task
from tasks.operations.sweeps import make_due_occurrences
from tasks.operations.webhooks import TooManyWebhooks, register_webhook
from tasks.rules.binding import StakeBinds
from tasks.rules.schedule import Frequency, Plan
from tasks.rules.subscriptions import MAX_PER_ACCOUNT
from tasks.rules.vocabulary import Event
from tasktracker.core import failpoints
from tasktracker.core.states import StateConflict
from tasktracker.outbox.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)

DAILY = Plan(Frequency.DAILY, 1, time(9), "UTC", anchor_date=date(2026, 3, 1))
SLOT = datetime(2026, 3, 3, 9, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner)


@pytest.fixture
def make_task(caller: Principal, at: datetime) -> Callable[..., Task]:
    def make(**values: Any) -> Task:
        return create_task(principal=caller, title="Water the plants", at=at, **values)

    return make


@pytest.fixture
def _webhook(caller: Principal, at: datetime) -> None:
    events = [str(event) for event in Event]
    register_webhook(principal=caller, url="https://hooks.example.com", events=events, at=at)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls at the same moment; returns what each returned, or the refusal that it raised."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait(timeout=10)
        try:
            return call()
        except (StateConflict, StakeBinds, TooManyWebhooks) as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def told() -> Counter[str]:
    return Counter(Delivery.objects.values_list("event", flat=True))


def log_of_all() -> Counter[str]:
    return Counter(Occurrence.objects.values_list("status", flat=True))


def log_of(task: Task) -> Counter[str]:
    return Counter(Occurrence.objects.filter(task=task).values_list("status", flat=True))


@pytest.mark.usefixtures("_webhook")
def test_two_schedulers_make_one_occurrence_for_a_slot(make_task: Callable[..., Task]) -> None:
    for _ in range(20):
        make_task(schedule=DAILY)

    for day in range(3):
        now = SLOT + timedelta(days=day)
        made = together(*[lambda now=now: make_due_occurrences(now)] * 3)
        assert sum(made) == 20

    slots = Counter(Occurrence.objects.values_list("scheduled_for", flat=True))
    assert slots == {SLOT + timedelta(days=day): 20 for day in range(3)}
    assert log_of_all() == {"missed": 40, "pending": 20}
    assert told() == {"task.triggered": 60, "task.missed": 40}
    assert set(Schedule.objects.values_list("run_count", "next_at")) == {(3, SLOT + timedelta(days=3))}


@pytest.mark.usefixtures("_webhook")
def test_triggers_at_once_leave_one_pending(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task()

    together(*[lambda: trigger_task(principal=caller, task_id=task.pk, at=at)] * 8)

    assert log_of(task) == {"pending": 1, "missed": 7}
    assert told() == {"task.triggered": 8, "task.missed": 7}


@pytest.mark.usefixtures("_webhook")
def test_triggers_and_completions_keep_task_and_log_in_step(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task()

    def trigger() -> None:
        trigger_task(principal=caller, task_id=task.pk, at=at)

    def complete() -> None:
        complete_task(principal=caller, task_id=task.pk, at=at)

    for _ in range(10):
        together(*[trigger, complete] * 5)

    log = log_of(task)
    task.refresh_from_db()
    assert (task.status, log["pending"]) in {("success", 0), ("pending", 1)}
    assert log["completed"] == 50
    assert log["missed"] + log["pending"] <= 50
    by_hand = Occurrence.objects.filter(task=task, source="manual").count()
    assert by_hand == 50
    assert told() == {"task.triggered": 50, "task.completed": 50, "task.missed": log["missed"]}


def test_a_sweep_and_triggers_leave_one_pending(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task(schedule=DAILY)

    def trigger() -> None:
        trigger_task(principal=caller, task_id=task.pk, at=at)

    together(trigger, lambda: make_due_occurrences(SLOT), trigger, lambda: make_due_occurrences(SLOT))
    make_due_occurrences(SLOT)  # a sweep passes over a task that somebody holds

    assert log_of(task) == {"pending": 1, "missed": 2}
    assert Occurrence.objects.filter(scheduled_for=SLOT).count() == 1


def test_one_undo_wins(make_task: Callable[..., Task], caller: Principal, at: datetime) -> None:
    task = make_task()
    complete_task(principal=caller, task_id=task.pk, at=at)
    complete_task(principal=caller, task_id=task.pk, at=at)

    ends = together(*[lambda: uncomplete_task(principal=caller, task_id=task.pk, at=at)] * 4)

    assert Counter(ends) == {None: 1, StateConflict: 3}
    assert log_of(task) == {"invalidated": 1, "completed": 1}


def test_edits_at_once_never_move_a_deadline_back(
    make_task: Callable[..., Task], caller: Principal, at: datetime
) -> None:
    task = make_task(due_at=FAR)
    Task.objects.update(stake_cents=500)
    deadlines = [FAR - timedelta(days=days) for days in range(1, 9)]

    def edit(due_at: datetime) -> datetime:
        return edit_task(principal=caller, task_id=task.pk, due_at=due_at, at=at).due_at or FAR

    ends = together(*[lambda due_at=due_at: edit(due_at) for due_at in deadlines])

    task.refresh_from_db()
    assert task.due_at == min(end for end in ends if end is not StakeBinds) == deadlines[-1]


def test_the_last_place_for_a_webhook_is_taken_once(caller: Principal, owner: User, at: datetime) -> None:
    def register() -> Webhook:
        return register_webhook(
            principal=caller, url="https://hooks.example.com", events=["task.missed"], at=at
        )[0]

    for _ in range(MAX_PER_ACCOUNT - 1):
        register()

    ends = together(*[register] * 4)

    assert ends.count(TooManyWebhooks) == 3
    assert Webhook.objects.filter(user=owner).count() == MAX_PER_ACCOUNT


@pytest.mark.usefixtures("_webhook")
@pytest.mark.parametrize("point", ["trigger.before_commit", "sweep.before_commit"])
def test_a_crash_before_the_commit_leaves_nothing(
    make_task: Callable[..., Task],
    caller: Principal,
    at: datetime,
    point: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = make_task(schedule=DAILY)
    monkeypatch.setitem(failpoints._armed, *failpoints._parse(f"{point}=raise@1"))
    act: dict[str, Callable[[], Any]] = {
        "trigger.before_commit": lambda: trigger_task(principal=caller, task_id=task.pk, at=at),
        "sweep.before_commit": lambda: make_due_occurrences(SLOT),
    }

    with pytest.raises(failpoints.FailpointRaised):
        act[point]()
    assert (log_of(task), told()) == ({}, {})

    act[point]()
    assert (log_of(task), told()) == ({"pending": 1}, {"task.triggered": 1})
