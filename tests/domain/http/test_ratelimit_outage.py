"""Limits while the store is dead, frozen or unwilling: still limits, and nothing but limits."""

from collections.abc import Callable

import pytest
import redis
from pytest_django import Settings

from tasktracker.http.breaker import PAUSE_SECONDS
from tasktracker.http.ratelimit import SurvivingCounts, Window
from tests.domain.http.callers import MINUTE, count_passed, let_through
from tests.domain.http.conftest import Clock, SilentServer
from tests.plugins.children import free_port
from tests.plugins.valkey import Valkey


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_a_store_lost_on_the_way_changes_no_limit(
    own_valkey: Valkey, surviving: Callable[..., SurvivingCounts], how: str
) -> None:
    counts, limit = surviving(own_valkey.url), Window("caller", 60, 60)
    before = let_through(counts, 25, limit)

    getattr(own_valkey, how)()

    assert before + let_through(counts, 400, limit) == 60


def test_without_the_store_each_process_lets_its_share_through(
    surviving: Callable[..., SurvivingCounts],
) -> None:
    limit, rare = Window("caller", 60, 60), Window("rare", 2, 60)
    processes = [surviving(f"redis://127.0.0.1:{free_port()}", processes=4) for _ in range(4)]

    assert [let_through(process, 100, limit) for process in processes] == [15, 15, 15, 15]
    assert [let_through(process, 100, rare) for process in processes] == [1, 1, 1, 1]


def test_a_store_that_comes_back_is_used_again(
    own_valkey: Valkey, surviving: Callable[..., SurvivingCounts], clock: Clock
) -> None:
    counts, limit = surviving(own_valkey.url), Window("caller", 60, 60)
    let_through(counts, 5, limit)
    own_valkey.freeze()
    let_through(counts, 5, limit)
    own_valkey.thaw()
    clock.move(PAUSE_SECONDS)

    let_through(counts, 5, limit)

    with redis.Redis.from_url(own_valkey.url) as client:
        assert client.llen("limit:caller:60") == 11  # the one that timed out was counted on both sides


def test_a_silent_store_is_asked_once_in_each_pause(
    silent_server: SilentServer, surviving: Callable[..., SurvivingCounts], clock: Clock
) -> None:
    counts = surviving(silent_server.url)

    for _ in range(3):
        assert let_through(counts, 50, Window("caller", 1000, 60)) == 50
        assert silent_server.visits() == 1
        clock.move(PAUSE_SECONDS)


@pytest.mark.parametrize(
    "setting", [("maxmemory", "1"), ("requirepass", "secret"), ("min-replicas-to-write", "3")]
)
def test_a_store_that_answers_with_errors_is_away(
    own_valkey: Valkey, surviving: Callable[..., SurvivingCounts], setting: tuple[str, str]
) -> None:
    redis.Redis.from_url(own_valkey.url).config_set(*setting)

    assert let_through(surviving(own_valkey.url), 100, MINUTE) == 3


def test_consume_never_raises_anything_else(settings: Settings, own_valkey: Valkey) -> None:
    settings.TASKTRACKER_LIMIT_STORE_URL = own_valkey.url
    before = count_passed(10, Window("caller", 60, 60))

    own_valkey.freeze()
    frozen = count_passed(20, Window("caller", 60, 60))
    own_valkey.kill()

    assert before + frozen + count_passed(400, Window("caller", 60, 60)) == 60
