"""What operations cost while an account grows from a thousand rows of everything to a hundred thousand.

Goal (BENCHMARKS.md): at most 1.25 times the CPU from the smallest to the largest.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection, connections

from benchmarks import seed
from benchmarks.turns import IS_SHORT, Call, Cost, servers_of_this_run, take_turns
from tasks.operations.lifecycle import trigger_task
from tasks.operations.sweeps import make_due_occurrences
from tasks.queries.tasks import task_page
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.claim import Claimer

SIZES = (1_000, 10_000) if IS_SHORT else (1_000, 10_000, 100_000)
ROUNDS = 3 if IS_SHORT else 11
CALLS = 3 if IS_SHORT else 5
DUE_IN_A_TICK = 10
_DEEP = 40  # tasks older than the page's first

_Operations = dict[str, Callable[[], object]]


def main() -> None:
    """Print the CPU of each operation for each size, and what the largest costs against the smallest."""
    databases = {size: _copy(size) for size in SIZES}
    calls: dict[tuple[str, int], Call] = {}
    for size, alias in databases.items():
        with _using(alias):
            calls |= {(name, size): call for name, call in _calls(_fill(size)).items()}
    turns = {key: _in(databases[key[1]], call) for key, call in calls.items()}
    named = {f"{name} {size}": turns[name, size] for name, size in turns}
    costs = take_turns(named, rounds=ROUNDS, servers=servers_of_this_run())
    _report(list(dict.fromkeys(name for name, _ in turns)), costs)


# --- one database for each size -----------------------------------------------------------------------------
def _copy(size: int) -> str:
    """Copy the database of this house; returns the alias under which the copy is known."""
    settings = connections.settings["default"]
    name = f"{settings['NAME']}-{size}"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{settings["NAME"]}"')
    else:
        shutil.copy(Path(settings["NAME"]), name)
    connections.settings[str(size)] = {**settings, "NAME": name}
    return str(size)


@contextmanager
def _using(alias: str) -> Iterator[None]:
    """Let a copy be the default database: nothing in the house names another one."""
    usual = connections["default"]
    connections["default"] = connections[alias]
    try:
        yield
    finally:
        connections["default"] = usual


def _in(alias: str, call: Call) -> Call:
    def there(run: Callable[[], object]) -> None:
        with _using(alias):
            run()

    return Call(partial(there, call.run), call.count, partial(there, call.prepare) if call.prepare else None)


# --- what is measured ---------------------------------------------------------------------------------------
def _fill(size: int) -> "_Bench":
    owner = seed.account("owner", webhooks=2)
    seed.tasks(owner, size)
    seed.schedules(size)
    seed.completed_occurrences(size)
    seed.completed_occurrences(size, first=size, task=1)
    seed.deliveries(owner, size)
    seed.settle_down()
    return _Bench(owner, size)


def _calls(bench: "_Bench") -> dict[str, Call]:
    page = partial(task_page, principal=bench.owner.principal)
    before = seed.row_id(_DEEP)
    return {
        "trigger": Call(bench.trigger, CALLS),
        "trigger, task with as many occurrences": Call(partial(bench.trigger, 1), CALLS),
        "task list, first page": Call(page, CALLS),
        "task list, page deep down by its key": Call(partial(page, before=before), CALLS),
        "search, word in every task": Call(partial(page, search=seed.FREQUENT_WORD), CALLS),
        "search, word in the oldest task": Call(partial(page, search=seed.RARE_WORD)),
        "sweep tick, nothing due": Call(partial(make_due_occurrences, seed.START), CALLS),
        f"sweep tick, {DUE_IN_A_TICK} due": Call(bench.tick, CALLS),
        "claim": Call(bench.claim, CALLS, prepare=_give_back),
    }


class _Bench:
    """One account and the operations on it, each call on other rows where that is how it would be used."""

    def __init__(self, owner: seed.Account, size: int) -> None:
        self.owner = owner
        numbers = Random(size).sample(range(2, size + 1), k=100)
        self._numbers = cycle(numbers)
        self._ticks = count(1)
        self._claimer = Claimer()

    def trigger(self, number: int | None = None) -> None:
        task_id = seed.row_id(number or next(self._numbers))
        trigger_task(principal=self.owner.principal, task_id=task_id, at=_moment(0))

    def tick(self) -> None:
        made = make_due_occurrences(_moment(next(self._ticks) * DUE_IN_A_TICK))
        if made != DUE_IN_A_TICK:
            raise RuntimeError(f"{made} occurrences were made")

    def claim(self) -> None:
        if not self._claimer.claim(16):
            raise RuntimeError("nothing was claimed")


def _give_back() -> None:
    Delivery.objects.filter(state="pending", lease_until__isnull=False).update(lease_until=None)


def _moment(seconds: int) -> datetime:
    return seed.START + timedelta(seconds=seconds)


def _report(names: list[str], costs: dict[str, Cost]) -> None:
    sizes = "".join(f"{size:>10,}" for size in SIZES)
    print(f"{'CPU in us, by rows of the account':39} {sizes}  {'growth':>8}")
    for name in names:
        cpu: list[Any] = [costs[f"{name} {size}"].cpu for size in SIZES]
        shown = "".join(f"{spent * 1e6:10.0f}" for spent in cpu)
        print(f"{name:39} {shown}  {cpu[-1] / cpu[0]:8.2f}")


if __name__ == "__main__":
    main()
