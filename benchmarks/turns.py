"""Taking turns: several calls measured in one interleaved run, by the CPU that each costs.

What is called belongs to the experiments. CPU is this process's and that of the servers in BENCH_SERVERS,
as the kernel counts it in nanoseconds; other programs on the machine do not count, but they do disturb, so
only ratios of medians from one run say much.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

IS_SHORT = "--short" in sys.argv

_NANOSECONDS = 1_000_000_000
_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Call:
    """What takes turns. count: calls in a turn. prepare: done before every single call, not measured."""

    run: Callable[[], object]
    count: int = 1
    prepare: Callable[[], object] | None = None


@dataclass(frozen=True)
class Cost:
    """Seconds: of CPU in this process and in the servers, and by the clock on the wall."""

    here: float
    servers: float
    wall: float

    @property
    def cpu(self) -> float:
        return self.here + self.servers

    def __str__(self) -> str:
        return f"{self.here * _MICROSECONDS:8.1f} +{self.servers * _MICROSECONDS:8.1f} us"


class Meter:
    """Reads what has been spent. servers: process ids; their children count too."""

    def __init__(self, servers: Sequence[int] = ()) -> None:
        self._servers = servers

    def measure(self, run: Callable[[], object], count: int) -> Cost:
        """Make `count` calls; returns what all of them cost."""
        servers, wall, here = self._servers_seconds(), time.perf_counter(), time.process_time()
        for _ in range(count):
            run()
        here, wall = time.process_time() - here, time.perf_counter() - wall
        return Cost(here, self._servers_seconds() - servers, wall)

    def _servers_seconds(self) -> float:
        return sum(_seconds(pid) for server in self._servers for pid in _family(server))


def take_turns(calls: Mapping[str, Call], *, rounds: int, servers: Sequence[int] = ()) -> dict[str, Cost]:
    """Let the calls take turns, every other round the other way round, after one turn that does not count.

    Returns the cost of one call of each: the medians over the rounds.
    """
    meter = Meter(servers)
    turns: dict[str, list[Cost]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name in list(calls) if number % 2 else reversed(list(calls)):
            cost = _turn(calls[name], meter)
            if number:
                turns[name].append(cost)
    return {name: _median(costs) for name, costs in turns.items()}


def servers_of_this_run() -> list[int]:
    """List the servers that houses.py started for this experiment."""
    return [int(pid) for pid in os.environ["BENCH_SERVERS"].split()]


def _turn(call: Call, meter: Meter) -> Cost:
    if call.prepare is None:
        return _share([meter.measure(call.run, call.count)], call.count)
    costs = []
    for _ in range(call.count):
        call.prepare()
        costs.append(meter.measure(call.run, 1))
    return _share(costs, call.count)


def _share(costs: Sequence[Cost], count: int) -> Cost:
    return Cost(
        sum(cost.here for cost in costs) / count,
        sum(cost.servers for cost in costs) / count,
        sum(cost.wall for cost in costs) / count,
    )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        median(cost.here for cost in costs),
        median(cost.servers for cost in costs),
        median(cost.wall for cost in costs),
    )


def _family(pid: int) -> Iterator[int]:
    yield pid
    yield from map(int, _read(Path(f"/proc/{pid}/task/{pid}/children")))


def _seconds(pid: int) -> float:
    """Sum up what the threads of a process have spent; one that has just ended counts nothing."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:
        return 0
    spent = (_read(thread / "schedstat") for thread in threads)
    return sum(int(words[0]) for words in spent if words) / _NANOSECONDS


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return []
