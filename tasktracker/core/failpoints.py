"""Named points at which a fault experiment can stop, kill or fail this process.

Free when TT_FAILPOINTS is unset. Nothing but experiments may arm them (reliability.md 5).
TT_FAILPOINTS="outbox.after_send=kill:0.05;trigger.before_commit=raise@3": action `kill`, `stop:<seconds>`,
`sleep:<seconds>` or `raise`, then `:<probability>` or `@<n-th hit>`.
TT_FAILPOINT_LOG names a file that gets one line for each point that fired.
"""

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path


class FailpointRaised(RuntimeError):
    """An armed point raised, as asked."""


@dataclass
class _Armed:
    action: str
    seconds: float
    probability: float
    nth: int
    hits: int = 0

    def fires(self) -> bool:
        self.hits += 1
        if self.nth:
            return self.hits == self.nth
        return random.random() < self.probability  # noqa: S311  # chance, not a secret


def _parse(rule: str) -> tuple[str, _Armed]:
    name, _, spec = rule.partition("=")
    spec, _, nth = spec.partition("@")
    action, *numbers = spec.split(":")
    seconds = float(numbers.pop(0)) if action in ("stop", "sleep") else 0.0
    probability = float(numbers[0]) if numbers else 1.0
    return name.strip(), _Armed(action, seconds, probability, int(nth or 0))


_armed = dict(_parse(rule) for rule in os.environ.get("TT_FAILPOINTS", "").split(";") if rule)


def failpoint(name: str) -> None:
    """Do what TT_FAILPOINTS asks for at this point; by default nothing."""
    if not _armed:
        return
    point = _armed.get(name)
    if point and point.fires():
        _record(name)
        _act(point)


def _record(name: str) -> None:
    path = os.environ.get("TT_FAILPOINT_LOG")
    if path:
        with Path(path).open("a", encoding="ascii") as book:
            book.write(f"{name}\n")


def _act(point: _Armed) -> None:
    if point.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if point.action in ("stop", "sleep"):
        time.sleep(point.seconds)
    if point.action == "raise":
        raise FailpointRaised
