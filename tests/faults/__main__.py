"""`make faults`: triggers and their webhooks, while workers are killed and a fifth of the calls fail.

Prints what was tried, killed, lost and doubled, and ends with exit code 1 when anything was lost or badly
signed, or when a failure point never fired. `--short` (or FAULTS=short) is for CI; `--seed` repeats a run.
"""

import argparse
import os
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.crew import BY_PID, POINTS
from tests.faults.house import Form, House
from tests.faults.receiver import Book, Receiver

HOOKS = ("/first", "/second")
ACCOUNTS = 4  # an account has at most two calls to each endpoint under way
CALLERS = 4
_OUTSTANDING_MOST = 40  # deliveries under way before the next trigger waits, so that kills meet work
_PATIENCE_SECONDS = 150

EMBEDDED = Form("SQLite, embedded workers", is_embedded=True)
PRODUCTION = Form("PostgreSQL, Celery over Valkey", is_embedded=False)
NO_CACHE = Form("PostgreSQL, the cache server stopped half-way", is_embedded=False, is_cache_stopped=True)


@dataclass(frozen=True)
class Size:
    """How much one form is put through."""

    triggers: int
    kills_at_points: int
    kills_by_pid: int
    forms: tuple[Form, ...]


FULL = Size(500, 12, 8, (EMBEDDED, PRODUCTION, NO_CACHE))
SHORT = Size(60, 3, 2, (EMBEDDED, NO_CACHE))


@dataclass
class Result:
    """What one form came to."""

    tried: int = 0
    accepted: int = 0
    rows: list[dict[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    badly_signed: int = 0
    kills: dict[str, int] = field(default_factory=dict)

    def faults(self) -> list[str]:
        found = [f"lost: {one}" for one in self.lost]
        found += [f"{point} never fired" for point in POINTS if not self.kills.get(point)]
        if len(self.rows) < self.accepted * len(HOOKS):
            found.append(f"{self.accepted} accepted triggers left only {len(self.rows)} deliveries")
        if self.badly_signed:
            found.append(f"{self.badly_signed} calls were badly signed")
        return found


class Experiment:
    """One form of the house, from an empty folder to the verdict."""

    def __init__(self, form: Form, size: Size, seed: int, folder: Path) -> None:
        self._form, self._size = form, size
        self._book = Book(seed)
        self._receiver = Receiver(self._book)
        self._house = House(form, folder, kills_at_points=size.kills_at_points, seed=seed)
        self._result = Result()
        self._refused = 0
        self._lock = threading.Lock()

    def run(self) -> tuple[Result, Book]:
        try:
            self._house.open()
            self._call_everyone(self._furnish())
            self._finish()
        finally:
            self._house.close()
            self._receiver.close()
        return self._result, self._book

    def _furnish(self) -> list[tuple[str, str]]:
        """Make the accounts; returns the path to trigger and the token of each."""
        made = self._house.furnish(ACCOUNTS, self._receiver.url, HOOKS)
        for account in made:
            for url, secret in account["secrets"].items():
                self._book.secrets[url.removeprefix(self._receiver.url)] = secret
        return [(account["path"], account["token"]) for account in made]

    def _call_everyone(self, accounts: list[tuple[str, str]]) -> None:
        """Fire the triggers; kill workers and stop the cache as the book fills."""
        expected = self._size.triggers * len(HOOKS)
        kill_at = [
            expected * (i + 1) // (self._size.kills_by_pid + 1) for i in range(self._size.kills_by_pid)
        ]
        with ThreadPoolExecutor(CALLERS) as callers:
            for number in range(self._size.triggers):
                self._wait(lambda: self._outstanding() < _OUTSTANDING_MOST, kill_at)
                if self._form.is_cache_stopped and self._is_half_way(number):
                    self._house.stop_cache()
                self._result.tried += 1
                callers.submit(self._trigger, *accounts[number % len(accounts)])
        self._wait(lambda: self._outstanding() <= 0 and not kill_at, kill_at)

    def _is_half_way(self, number: int) -> bool:
        """Celery's workers hear nothing without the broker, so their failure points should fire before."""
        share = number / self._size.triggers
        return share >= (1 / 2 if self._house.crew.is_spent else 3 / 4)

    def _trigger(self, path: str, token: str) -> None:
        try:
            self._house.post(path, token)
        except OSError as error:
            sys.stdout.write(f"  trigger refused: {error}\n")
            with self._lock:
                self._refused += 1

    def _outstanding(self) -> int:
        return (self._result.tried - self._refused) * len(HOOKS) - self._book.distinct()

    def _wait(self, is_done: Callable[[], bool], kill_at: list[int]) -> None:
        """Wait for progress, killing a worker at each mark that it passes."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not is_done() and time.monotonic() < deadline:
            if kill_at and self._book.distinct() >= kill_at[0] and self._house.crew.kill_one():
                kill_at.pop(0)
            time.sleep(0.01)

    def _finish(self) -> None:
        """Let the workers record the last answers, then compare the database with the book."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        rows = self._house.deliveries()
        while any(row["state"] == "pending" for row in rows) and time.monotonic() < deadline:
            rows = self._house.deliveries()
        seen = {webhook_id for _, webhook_id in self._book.processed}
        self._result.rows = rows
        self._result.accepted = self._result.tried - self._refused
        self._result.lost = [
            f"{row['id']} to {row['endpoint']} ({row['state']})"
            for row in rows
            if row["state"] != "delivered" or row["id"] not in seen
        ]
        missing = self._result.accepted * len(HOOKS) - self._book.distinct()
        self._result.lost += [f"{missing} events that no receiver saw"] if missing > 0 else []
        self._result.badly_signed = self._book.badly_signed
        self._result.kills = dict(self._house.crew.kills)


def report(form: Form, result: Result, book: Book, seconds: float) -> None:
    kills = ", ".join(f"{name} {result.kills.get(name, 0)}" for name in (*POINTS, BY_PID))
    failures = ", ".join(f"{count} {how}" for how, count in sorted(book.failures.items()))
    doubled = book.doubled()
    sys.stdout.write(
        f"{form.name} ({seconds:.0f} s)\n"
        f"  tried    {result.tried} triggers, {result.accepted} accepted, {len(result.rows)} deliveries\n"
        f"  failed   {sum(book.failures.values())} calls: {failures}\n"
        f"  killed   {sum(result.kills.values())} workers: {kills}\n"
        f"  lost     {len(result.lost)}\n"
        f"  doubled  {len(doubled)}\n"
    )
    for (path, webhook_id), times in sorted(doubled.items()):
        sys.stdout.write(f"    {webhook_id} {times} times to {path}\n")
    for fault in result.faults():
        sys.stdout.write(f"  FAULT    {fault}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--short", action="store_true", default=os.environ.get("FAULTS") == "short")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    size = SHORT if options.short else FULL
    sys.stdout.write(f"seed {options.seed}\n")
    faults = 0
    for form in size.forms:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="tasktracker-faults-") as folder:
            result, book = Experiment(form, size, options.seed, Path(folder)).run()
        report(form, result, book, time.monotonic() - started)
        faults += len(result.faults())
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
