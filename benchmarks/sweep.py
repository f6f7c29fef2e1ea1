"""Schedules that are overdue: the shipped sweep, in batches, in turns with a loop over rows.

Goals (BENCHMARKS.md): 30 times row by row, each occurrence made exactly once, no lock over 100 ms.
"""

import time
from datetime import datetime, timedelta
from itertools import count
from statistics import median
from typing import Any
from uuid import UUID

from django.db import transaction

from benchmarks import seed
from benchmarks.turns import IS_SHORT, Call, Cost, servers_of_this_run, take_turns
from tasks.models import Occurrence, Schedule
from tasks.operations import sweeps
from tasks.operations.events import announce
from tasks.rules.schedule import catch_up
from tasks.rules.vocabulary import Event, OccurrenceStatus, Source
from tasktracker.outbox.models import Delivery

ACCOUNTS = 20
OVERDUE = 200 if IS_SHORT else 1_000  # of whose tasks a turn takes care
OVERDUE_ONE_BY_ONE = 20 if IS_SHORT else 100
ROUNDS = 3 if IS_SHORT else 9


def main() -> None:
    """Print schedules per second for both, their CPU, and the longest transaction of the shipped sweep."""
    for number in range(ACCOUNTS):
        owner = seed.account(f"owner{number}", webhooks=1)
        seed.tasks(owner, OVERDUE // ACCOUNTS, first=number * (OVERDUE // ACCOUNTS))
    seed.schedules(OVERDUE)
    seed.settle_down()
    batches = _Turns(OVERDUE, sweeps.make_due_occurrences)
    one_by_one = _Turns(OVERDUE_ONE_BY_ONE, _make_due_occurrences_one_by_one)
    locks = _time_transactions()
    calls = {
        "in batches": Call(batches.run, prepare=batches.prepare),
        "row by row": Call(one_by_one.run, prepare=one_by_one.prepare),
    }
    costs = take_turns(calls, rounds=ROUNDS, servers=servers_of_this_run())
    _require_exactly_once(batches.made + one_by_one.made)
    _report(costs, locks)


class _Turns:
    """Makes so many schedules overdue before each turn, at a moment that no turn has had."""

    _hours = count(1)

    def __init__(self, overdue: int, sweep: Any) -> None:
        self._overdue = overdue
        self._sweep = sweep
        self._at = seed.START
        self.made = 0

    def prepare(self) -> None:
        slot = seed.START + timedelta(hours=next(self._hours))
        self._at = slot + timedelta(minutes=30)
        Schedule.objects.filter(pk__lte=seed.row_id(self._overdue)).update(next_at=slot)
        Schedule.objects.filter(pk__gt=seed.row_id(self._overdue)).update(next_at=None)

    def run(self) -> None:
        made = self._sweep(self._at)
        if made != self._overdue:
            raise RuntimeError(f"{made} occurrences were made for {self._overdue} overdue schedules")
        self.made += made


# --- row by row: the same rows written, by a loop -----------------------------------------------------------
def _make_due_occurrences_one_by_one(at: datetime) -> int:
    due = Schedule.objects.filter(next_at__lte=at).order_by("next_at", "pk").values_list("pk", flat=True)
    return sum(_make_one(schedule_id, at) for schedule_id in list(due))


def _make_one(schedule_id: UUID, at: datetime) -> int:
    with transaction.atomic():
        locked = Schedule.objects.select_related("task").select_for_update(of=("self", "task"))
        schedule = locked.get(pk=schedule_id)
        slot = schedule.next_at
        if slot is None or slot > at:
            return 0
        pending = Occurrence.objects.filter(task=schedule.task, status=OccurrenceStatus.PENDING)
        missed = pending.update(status=OccurrenceStatus.MISSED, closed_at=at)
        Occurrence.objects.create(
            task=schedule.task, source=Source.SCHEDULE, scheduled_for=slot, created_at=at
        )
        events = [Event.TASK_MISSED, Event.TASK_TRIGGERED] if missed else [Event.TASK_TRIGGERED]
        announce(schedule.task, *events, at=at)
        schedule.run_count += 1
        schedule.next_at = catch_up(schedule.plan, due=slot, at=at)[1]
        schedule.save(update_fields=["run_count", "next_at"])
    return 1


# --- what is reported ---------------------------------------------------------------------------------------
def _time_transactions() -> list[float]:
    """Note from now on how long each batch's transaction takes; its locks are held for less than that."""
    taken: list[float] = []
    make_batch = sweeps._make_batch

    def timed(at: datetime) -> tuple[int, int]:
        began = time.perf_counter()
        try:
            return make_batch(at)
        finally:
            taken.append(time.perf_counter() - began)

    sweeps._make_batch = timed
    return taken


def _require_exactly_once(made: int) -> None:
    occurrences, deliveries = Occurrence.objects.count(), Delivery.objects.count()
    if not made == occurrences == deliveries:
        raise RuntimeError(f"{made} made, {occurrences} occurrences, {deliveries} deliveries")


def _report(costs: dict[str, Cost], locks: list[float]) -> None:
    schedules = {"in batches": OVERDUE, "row by row": OVERDUE_ONE_BY_ONE}
    print(f"{'overdue':10} {'a second':>9} {'a second of CPU':>16} {'us here':>8} {'us servers':>11}")
    for name, cost in costs.items():
        each = schedules[name]
        here, servers = cost.here * 1e6 / each, cost.servers * 1e6 / each
        print(f"{name:10} {each / cost.wall:9,.0f} {each / cost.cpu:16,.0f} {here:8.0f} {servers:11.0f}")
    cpu = {name: cost.cpu / schedules[name] for name, cost in costs.items()}
    print(f"CPU of row by row / in batches: {cpu['row by row'] / cpu['in batches']:.1f}")
    usual, longest = median(locks) * 1e3, max(locks) * 1e3
    print(f"transaction of a batch of {sweeps.BATCH_SIZE}: {usual:.0f} ms, the longest {longest:.0f} ms")


if __name__ == "__main__":
    main()
