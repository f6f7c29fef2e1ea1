"""What the tests of limits share: a clock that stands, a server that is silent."""

import itertools
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tasktracker.http.breaker import Breaker
from tasktracker.http.ratelimit import SurvivingCounts
from tasktracker.http.ratelimit_memory import MemoryCounts
from tasktracker.http.ratelimit_valkey import ValkeyCounts


class Clock:
    """Stands until it is moved. Reads nanoseconds, as MemoryCounts does; seconds() as Breaker does."""

    def __init__(self) -> None:
        self.nanoseconds = 1_000_000_000_000

    def __call__(self) -> int:
        return self.nanoseconds

    def seconds(self) -> float:
        return self.nanoseconds / 1e9

    def move(self, seconds: float) -> None:
        self.nanoseconds += round(seconds * 1e9)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def surviving(clock: Clock) -> Callable[..., SurvivingCounts]:
    """Make what `consume` uses in production, with a clock of ours."""

    def make(url: str, processes: int = 1) -> SurvivingCounts:
        own = MemoryCounts(processes, clock=clock)
        return SurvivingCounts(ValkeyCounts(url), own, Breaker("test", clock=clock.seconds))

    return make


@dataclass
class SilentServer:
    """Takes connections and never says a word, as a frozen server does."""

    listener: socket.socket

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"

    def visits(self) -> int:
        """How many connections came since the last look."""
        for count in itertools.count():
            try:
                self.listener.accept()[0].close()
            except BlockingIOError:
                return count
        raise AssertionError


@pytest.fixture
def silent_server() -> Iterator[SilentServer]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        listener.setblocking(False)
        yield SilentServer(listener)
