"""The default cache: the server's while it answers, this process's memory while it does not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from tasktracker.core.errors import LimitExceeded
from tasktracker.http.breaker import PAUSE_SECONDS, Breaker
from tasktracker.http.cache import SurvivingRedisCache
from tasktracker.http.page_limits import limit_page
from tests.domain.http.conftest import Clock, SilentServer
from tests.plugins.valkey import Valkey


@pytest.fixture
def make_cache(clock: Clock) -> Iterator[Callable[[str], SurvivingRedisCache]]:
    made = []

    def make(url: str) -> SurvivingRedisCache:
        cache = SurvivingRedisCache(url, {"TIMEOUT": 60})
        cache._breaker = Breaker("test", clock=clock.seconds)
        made.append(cache)
        return cache

    yield make
    for cache in made:
        cache._own.clear()


def use_everything(cache: SurvivingRedisCache) -> list[Any]:
    return [
        cache.add("a", 1),
        cache.add("a", 2),
        cache.incr("a"),
        cache.get("a"),
        cache.set("b", {"x": [1]}),
        cache.touch("b", 30),
        cache.has_key("b"),
        cache.get_many(["a", "b", "c"]),
        cache.delete("b"),
        cache.set_many({"d": 4, "e": 5}),
        cache.get_or_set("f", 6),
        cache.delete_many(["d"]),
        cache.get("d", "none"),
        cache.clear(),
        cache.get("e"),
    ]


EVERYTHING = [
    True,
    False,
    2,
    2,
    None,
    True,
    True,
    {"a": 2, "b": {"x": [1]}},
    True,
    [],
    6,
    None,
    "none",
    None,
    None,
]


def test_all_of_it_works_with_a_server(
    valkey_url: str, make_cache: Callable[[str], SurvivingRedisCache]
) -> None:
    assert use_everything(make_cache(valkey_url)) == EVERYTHING


def test_all_of_it_works_without_one_and_waits_once(
    silent_server: SilentServer, make_cache: Callable[[str], SurvivingRedisCache], clock: Clock
) -> None:
    cache = make_cache(silent_server.url)

    for _ in range(3):
        assert use_everything(cache) == EVERYTHING
        assert silent_server.visits() == 1
        clock.move(PAUSE_SECONDS)


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_a_server_lost_on_the_way_raises_nothing(
    own_valkey: Valkey, make_cache: Callable[[str], SurvivingRedisCache], how: str
) -> None:
    cache = make_cache(own_valkey.url)
    cache.set("a", 1)

    getattr(own_valkey, how)()

    assert cache.get("a") is None
    assert use_everything(cache) == EVERYTHING


def test_what_was_written_meanwhile_is_forgotten_when_the_server_is_back(
    own_valkey: Valkey, make_cache: Callable[[str], SurvivingRedisCache], clock: Clock
) -> None:
    cache = make_cache(own_valkey.url)
    cache.set("a", "theirs")
    own_valkey.freeze()
    cache.get("a")
    cache.set("a", "ours")
    assert cache.get("a") == "ours"
    own_valkey.thaw()
    clock.move(PAUSE_SECONDS)

    assert cache.get("a") == "theirs"
    own_valkey.freeze()
    assert cache.get("a") is None


def test_page_limits_hold_without_the_server(settings: Settings, own_valkey: Valkey) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "tasktracker.http.cache.SurvivingRedisCache", "LOCATION": own_valkey.url}
    }

    @limit_page(rate="5/h")
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")

    own_valkey.freeze()

    assert [passes(page) for _ in range(20)] == [True] * 5 + [False] * 15


def passes(view: Callable[[HttpRequest], HttpResponse]) -> bool:
    try:
        view(RequestFactory().get("/"))
    except LimitExceeded:
        return False
    return True
