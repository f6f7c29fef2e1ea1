"""Workers that are killed with SIGKILL, and the supervisor that starts each of them again."""

import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from pathlib import Path

from tests.plugins import children

# Each failure point, and the latest hit at which it kills: early in a process's life.
POINTS = {"outbox.after_claim": 3, "outbox.after_send": 6, "outbox.before_settle": 4}
BY_PID = "by pid"
_LOOK_SECONDS = 0.05


@dataclass
class Worker:
    """One place in the crew.

    arm: the failure point that is its own. fired: where its process writes down the point that killed it.
    """

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    arm: str = ""
    fired: Path = field(default_factory=Path)


class Crew:
    """Keeps every worker running.  kills: how often each point fired, and how often we killed by pid.

    The first processes are armed with one failure point each, in turn, until every point had its share.
    points: each with the latest hit at which it kills. only_in: the beginnings of the names of the workers
    that come to a point at all. everywhere: points that are met so seldom that every worker is armed with
    them, beside its own, until they have fired.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        kills_at_points: int,
        seed: int,
        points: Mapping[str, int] = POINTS,
        only_in: Mapping[str, str] | None = None,
        everywhere: Collection[str] = (),
    ) -> None:
        self.kills: Counter[str] = Counter()
        self._folder = folder
        self._environment = environment
        self._random = random.Random(seed)
        self._points = points
        self._only_in = only_in or {}
        self._arms = [self._arm(point) for point in islice(cycle(points), kills_at_points)]
        self._seldom = list(everywhere)
        self._workers: list[Worker] = []
        self._lock = threading.Lock()
        self._number = count()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tend, daemon=True)

    def start(self, commands: Mapping[str, Sequence[str]]) -> None:
        for name, command in commands.items():
            self._workers.append(Worker(name, command))
            self._start(self._workers[-1])
        self._thread.start()

    @property
    def is_spent(self) -> bool:
        """Say whether no failure point will kill any more."""
        return not (self._arms or self._seldom) and not any(worker.arm for worker in self._workers)

    def is_waiting_for(self, beginning: str) -> bool:
        """Say whether a point whose name begins so is still to fire."""
        return any(point.startswith(beginning) for point in self._seldom)

    def kill_one(self) -> bool:
        """Kill the whole group of a process that we started and that no point will kill, if there is one."""
        with self._lock:
            for worker in self._random.sample(self._workers, len(self._workers)):
                if not worker.arm and worker.process and worker.process.poll() is None:
                    _kill(worker)
                    self.kills[BY_PID] += 1
                    return True
        return False

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        for worker in self._workers:
            if worker.process:
                children.stop(worker.process, seconds=30)

    def _arm(self, point: str) -> str:
        return f"{point}=kill@{self._random.randint(1, self._points[point])}"

    def _next_arm(self, worker: Worker) -> str:
        """Take the first failure point that this worker can come to."""
        arms = [arm for arm in self._arms if self._comes_to(worker, arm.partition("=")[0])]
        if arms:
            self._arms.remove(arms[0])
        return arms[0] if arms else ""

    def _comes_to(self, worker: Worker, point: str) -> bool:
        return worker.name.startswith(self._only_in.get(point, ""))

    def _start(self, worker: Worker) -> None:
        worker.fired = self._folder / f"{worker.name}-{next(self._number)}.fired"
        worker.arm = self._next_arm(worker)
        seldom = [f"{point}=kill@1" for point in self._seldom if self._comes_to(worker, point)]
        environment = {
            **self._environment,
            "TT_FAILPOINT_LOG": str(worker.fired),
            "TT_FAILPOINTS": ";".join(filter(None, (*seldom, worker.arm))),
        }
        log = self._folder / f"{worker.name}.log"
        worker.process = children.start(worker.command, log=log, environment=environment)

    def _tend(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            with self._lock:
                for worker in self._workers:
                    self._look_after(worker)

    def _look_after(self, worker: Worker) -> None:
        """Start a worker again once it, or the child that did its work, was killed."""
        fired = worker.fired.read_text().split() if worker.fired.exists() else []
        if worker.process and worker.process.poll() is None and not fired:
            return
        self.kills.update(fired)
        self._seldom = [point for point in self._seldom if point not in fired]
        if worker.arm and worker.arm.partition("=")[0] not in fired:
            self._arms.append(worker.arm)  # it was killed somewhere else
        _kill(worker)
        self._start(worker)


def _kill(worker: Worker) -> None:
    """Kill the process and its children, all of which we started in a group of their own."""
    if worker.process:
        if worker.process.poll() is None:
            os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
