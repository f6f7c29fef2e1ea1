"""The default cache in production: Redis or Valkey while it answers, this process's memory meanwhile.

So that nothing which only remembers (django-ratelimit's counts, rendered pieces) can be an outage. What must
not be forgotten or be seen twice belongs in the database. Limits of the dialects have their own client.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from tasktracker.http.breaker import Breaker

MOST_ENTRIES_KEPT = 100_000

R = TypeVar("R")


class SurvivingRedisCache(RedisCache):
    """Django's Redis cache with short time-outs, no retries and a breaker; never raises a connection's error.

    What is written while the server is away is forgotten when it comes back; what was deleted meanwhile may
    come back with it, so entries need lives that one can bear.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        seconds = settings.TASKTRACKER_CACHE_TIMEOUT_SECONDS
        waits = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
        options = {**waits, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._own = LocMemCache(f"away:{server}", {**params, "OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES_KEPT}})
        self._breaker = _breaker(server)

    def add(self, *args: Any, **options: Any) -> bool:
        return self._either(super().add, self._own.add, *args, **options)

    def get(self, *args: Any, **options: Any) -> Any:
        return self._either(super().get, self._own.get, *args, **options)

    def set(self, *args: Any, **options: Any) -> None:
        self._either(super().set, self._own.set, *args, **options)

    def touch(self, *args: Any, **options: Any) -> bool:
        return self._either(super().touch, self._own.touch, *args, **options)

    def delete(self, *args: Any, **options: Any) -> bool:
        return self._either(super().delete, self._own.delete, *args, **options)

    def get_many(self, *args: Any, **options: Any) -> dict[Any, Any]:
        return self._either(super().get_many, self._own.get_many, *args, **options)

    def has_key(self, *args: Any, **options: Any) -> bool:
        return self._either(super().has_key, self._own.has_key, *args, **options)

    def incr(self, *args: Any, **options: Any) -> int:
        return self._either(super().incr, self._own.incr, *args, **options)

    def set_many(self, *args: Any, **options: Any) -> list[Any]:
        return self._either(super().set_many, self._own.set_many, *args, **options)

    def delete_many(self, *args: Any, **options: Any) -> None:
        self._either(super().delete_many, self._own.delete_many, *args, **options)

    def clear(self) -> None:
        self._own.clear()
        self._either(super().clear, self._own.clear)

    def _either(self, theirs: Callable[..., R], own: Callable[..., R], *args: Any, **options: Any) -> R:
        if not self._breaker.allows():
            return own(*args, **options)
        try:
            result = theirs(*args, **options)
        except RedisError as problem:
            self._breaker.failed(problem)
            return own(*args, **options)
        if self._breaker.succeeded():
            self._own.clear()
        return result


@cache
def _breaker(server: str) -> Breaker:
    """One for all threads: Django makes a cache object for each."""
    return Breaker(f"cache {urlsplit(server).hostname}")
