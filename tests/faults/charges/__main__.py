"""`make faults`, the part about money: charges while everybody is killed and a quarter of the calls fail.

Prints what was tried, which points fired, and what was doubled, lost or stuck; ends with exit code 1 when
anything was, when a point never fired, or when the processor's book and ours differ by a cent.
CHARGES=10000 makes it long, `--short` (or FAULTS=short) is for CI; `--seed` repeats a run.
"""

import argparse
import json
import os
import random
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from tests.faults.charges.callers import PATIENCE_SECONDS, STAKES_SHARE, Callers, Tally
from tests.faults.charges.house import House
from tests.faults.charges.points import OFTEN, POINTS
from tests.faults.charges.verdict import Verdict, judge
from tests.faults.crew import BY_PID

_ACCOUNTS: Final = 12
_LEAVERS: Final = 3  # of them are closed in the middle
_AT_ONCE: Final = 10
_DAYS_MOST: Final = 6  # a declined hold is tried again on three days that follow


@dataclass(frozen=True)
class Size:
    """How much each form is put through."""

    charges: int
    workers: int
    kills_at_points: int
    kills_by_pid: int
    forms: tuple[str, ...]


FULL: Final = Size(500, 3, 3 * len(OFTEN), 12, ("SQLite", "PostgreSQL"))
SHORT: Final = Size(40, 1, len(OFTEN), 1, ("PostgreSQL",))


@dataclass
class Result:
    """What one form came to. calls, failures: of the processor, while faults were on."""

    tally: Tally
    verdict: Verdict
    fired: Counter[str]
    calls: int = 0
    failures: dict[str, int] = field(default_factory=dict)

    def faults(self) -> list[str]:
        found = [f"{point} never fired" for point in POINTS if not self.fired[point]]
        answers = self.tally.answers.items()
        found += [f"{one} was answered in two ways: {told}" for one, told in answers if len(told) > 1]
        found += [f"{self.tally.given_up} callers got no answer"] if self.tally.given_up else []
        return found + self.verdict.faults()


class Experiment:
    """One run, from an empty folder to the verdict."""

    def __init__(self, house: House, size: Size, seed: int) -> None:
        self._house, self._size = house, size
        self._random = random.Random(seed)

    def run(self) -> Result:
        house = self._house
        house.open()
        keys: list[str] = json.loads(house.run("-m", "tests.faults.charges.furnish", str(_ACCOUNTS)))
        house.begin()
        callers = Callers(house, keys)
        self._call(callers, keys)
        self._wait_for_points(callers, keys)
        calls, failures = house.end_faults()
        verdict = self._settle(callers.tally)
        return Result(callers.tally, verdict, Counter(house.crew.kills), calls, failures)

    def _call(self, callers: Callers, keys: list[str]) -> None:
        """Make every charge, and let somebody kill and leave meanwhile."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            meddler = threading.Thread(target=self._meddle, args=(callers, keys[-_LEAVERS:]))
            meddler.start()
            for number in range(self._size.charges):
                pool.submit(callers.one, number)
        meddler.join()

    def _meddle(self, callers: Callers, leavers: list[str]) -> None:
        """Kill processes, and close accounts, as the charges come."""
        marks = [
            self._size.charges * (step + 1) // (self._size.kills_by_pid + 1)
            for step in range(self._size.kills_by_pid)
        ]
        for mark in marks:
            _wait(lambda mark=mark: callers.tally.tried >= mark, PATIENCE_SECONDS)
            _wait(self._house.crew.kill_one, 60)
            if mark >= self._size.charges // 2 and leavers:
                callers.leave(leavers.pop())

    def _wait_for_points(self, callers: Callers, keys: list[str]) -> None:
        """Go on with charges until every failure point had its share."""
        number = self._size.charges
        leavers = keys[: _ACCOUNTS - _LEAVERS - 3]
        stayers = keys[len(leavers) : -_LEAVERS]
        deadline = time.monotonic() + PATIENCE_SECONDS
        with ThreadPoolExecutor(STAKES_SHARE) as pool:
            while not self._house.crew.is_spent and time.monotonic() < deadline:
                batch = range(number, number + STAKES_SHARE)
                number += STAKES_SHARE
                list(pool.map(lambda one: callers.one(one, stayers), batch))
                if self._house.crew.is_waiting_for("closing.") and leavers:
                    callers.leave(leavers.pop())

    def _settle(self, tally: Tally) -> Verdict:
        """Let everything come to its end without faults, day after day, then compare the books."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        days = 0
        while True:
            verdict = judge(
                self._rows(min(days, _DAYS_MOST)),
                self._house.processor.book(),
                paid=tally.paid,
                declined=tally.declined,
            )
            days += 1
            if (not verdict.stuck and days > 2) or time.monotonic() > deadline:
                return verdict

    def _rows(self, days_ahead: int) -> dict[str, Any]:
        """Sweep as of some days from now, and read what is so then."""
        rows: dict[str, Any] = json.loads(self._house.run("-m", "tests.faults.charges.rows", str(days_ahead)))
        return rows


def _wait(is_done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_done() and time.monotonic() < deadline:
        time.sleep(0.05)


def report(name: str, result: Result, seconds: float) -> None:
    tally, verdict, fired = result.tally, result.verdict, result.fired
    points = "".join(f"\n           {point} {fired[point]}" for point in (*POINTS, BY_PID))
    failures = ", ".join(f"{count} {kind}" for kind, count in sorted(result.failures.items()))
    share = 100 * sum(result.failures.values()) // max(result.calls, 1)
    ends = ", ".join(f"{count} {status}" for status, count in sorted(verdict.statuses.items()))
    sys.stdout.write(
        f"{name} ({seconds:.0f} s)\n"
        f"  tried    {tally.tried} charges and stakes; answers {dict(sorted(tally.statuses.items()))}\n"
        f"  failed   {sum(result.failures.values())} of {result.calls} calls of the processor ({share} %)"
        f": {failures}\n"
        f"  killed   {fired.total()} processes:{points}\n"
        f"  ended    {ends}\n"
        f"  doubled  {len(verdict.doubled)}\n"
        f"  lost     {len(verdict.lost)}\n"
        f"  stuck    {len(verdict.stuck)}\n"
        f"  book     {verdict.book_cents} cents, ledger {verdict.our_cents} cents\n"
    )
    for fault in result.faults():
        sys.stdout.write(f"  FAULT    {fault}\n")
    sys.stdout.flush()


def _run(name: str, size: Size, seed: int) -> int:
    """Run one form; returns how many faults it found."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tasktracker-money-") as folder:
        house = House(
            Path(folder),
            is_sqlite=name == "SQLite",
            workers=size.workers,
            kills_at_points=size.kills_at_points,
            seed=seed,
        )
        try:
            result = Experiment(house, size, seed).run()
        finally:
            house.close()
    report(f"charges on {name}", result, time.monotonic() - started)
    return len(result.faults())


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--short", action="store_true", default=os.environ.get("FAULTS") == "short")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--only", choices=FULL.forms)
    options = parser.parse_args()
    size = SHORT if options.short else FULL
    size = replace(size, charges=int(os.environ.get("CHARGES", size.charges)))
    sys.stdout.write(f"seed {options.seed}\n")
    forms = (options.only,) if options.only else size.forms
    return 1 if sum([_run(name, size, options.seed) for name in forms]) else 0


if __name__ == "__main__":
    sys.exit(main())
