"""Limits: exact sliding edges, all windows or none, in memory and in the store."""

import random
from collections.abc import Callable

import pytest
import redis
from pytest_django import Settings

from tasktracker.core.errors import LimitExceeded
from tasktracker.http import ratelimit, ratelimit_memory, ratelimit_valkey
from tasktracker.http.ratelimit import SurvivingCounts, Window, consume, windows
from tasktracker.http.ratelimit_memory import MemoryCounts
from tasktracker.http.ratelimit_valkey import ValkeyCounts
from tests.domain.http.callers import MINUTE, count_passed, let_through
from tests.domain.http.conftest import Clock
from tests.plugins.valkey import Valkey


@pytest.fixture
def counts(clock: Clock) -> MemoryCounts:
    return MemoryCounts(clock=clock)


# --- the sliding window -------------------------------------------------------------------------------------
def test_the_count_passes_and_the_next_is_refused(counts: MemoryCounts) -> None:
    assert [counts.take([MINUTE]) for _ in range(4)] == [0, 0, 0, 60]


def test_room_comes_back_call_by_call_as_each_leaves_the_window(counts: MemoryCounts, clock: Clock) -> None:
    for _ in range(3):  # at 0, 10 and 20 s
        assert counts.take([MINUTE]) == 0
        clock.move(10)

    clock.move(30 - 1e-9)  # one nanosecond before the first is 60 s old
    assert counts.take([MINUTE]) == 1e-9
    clock.move(1e-9)
    assert counts.take([MINUTE]) == 0
    assert counts.take([MINUTE]) == 10
    clock.move(10)
    assert let_through(counts, 5, MINUTE) == 1


def test_a_burst_across_a_minutes_edge_gets_no_second_allowance(counts: MemoryCounts, clock: Clock) -> None:
    clock.move(59)
    assert let_through(counts, 10, MINUTE) == 3
    clock.move(2)
    assert let_through(counts, 10, MINUTE) == 0


def test_a_refused_call_does_not_prolong_the_wait(counts: MemoryCounts, clock: Clock) -> None:
    let_through(counts, 3, MINUTE)

    clock.move(59)
    assert let_through(counts, 100, MINUTE) == 0
    clock.move(1)
    assert let_through(counts, 100, MINUTE) == 3


def test_a_call_refused_by_one_window_counts_in_none(counts: MemoryCounts) -> None:
    wide, narrow = Window("account", 5, 300), Window("trigger", 2, 60)

    assert let_through(counts, 10, wide, narrow) == 2
    assert let_through(counts, 10, wide) == 3


def test_the_wait_is_that_of_the_window_that_opens_last(counts: MemoryCounts) -> None:
    short, long = Window("caller", 1, 10), Window("caller", 1, 3600)

    assert [counts.take([short, long]), counts.take([short, long])] == [0, 3600]


def test_keys_and_lengths_are_counted_apart(counts: MemoryCounts) -> None:
    others = (Window("caller", 1, 60), Window("other", 1, 60), Window("caller", 1, 61))

    assert [let_through(counts, 3, window) for window in others] == [1, 1, 1]


def test_memory_is_bounded_and_the_quietest_key_is_forgotten_first(
    counts: MemoryCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratelimit_memory, "MOST_KEYS", 2)
    quiet, busy, new = (Window(name, 2, 60) for name in ("quiet", "busy", "new"))
    for window in (busy, quiet, busy, new):
        counts.take([window])

    assert let_through(counts, 5, busy) == 0
    assert let_through(counts, 5, quiet) == 2


def test_kept_calls_are_bounded(counts: MemoryCounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit_memory, "MOST_CALLS", 10)

    for number in range(1000):
        counts.take([Window(f"caller {number % 7}", 5, 60)])

    assert sum(map(len, counts._logs.values())) == counts._kept <= 10


# --- consume ------------------------------------------------------------------------------------------------
def test_a_refusal_says_when_to_try_again_in_whole_seconds() -> None:
    consume([Window("caller", 1, 60)])

    with pytest.raises(LimitExceeded) as refusal:
        consume([Window("caller", 1, 60)])

    assert refusal.value.retry_after == 60


@pytest.mark.parametrize(("wait", "seconds"), [(1e-9, 1), (1, 1), (1.000001, 2), (59.2, 60)])
def test_a_wait_is_rounded_up(wait: float, seconds: int) -> None:
    assert LimitExceeded(wait).retry_after == seconds


def test_no_windows_are_no_limit() -> None:
    consume([])


def test_windows_of_a_name_come_from_the_settings(settings: Settings) -> None:
    settings.TASKTRACKER_LIMITS = {"account": ((300, 300), (2000, 3600))}

    assert windows("account", 7) == (Window("account:7", 300, 300), Window("account:7", 2000, 3600))


@pytest.mark.parametrize(("scale", "passed"), [(1, 10), (2.5, 25), (0.3, 3), (0.000001, 1)])
def test_the_scale_stretches_every_count(settings: Settings, scale: float, passed: int) -> None:
    settings.TASKTRACKER_LIMIT_SCALE = scale

    assert count_passed(40, Window("caller", 10, 60)) == passed


# --- the store ----------------------------------------------------------------------------------------------
def test_the_store_counts_for_all_who_ask_it(valkey_url: str) -> None:
    first, second = ValkeyCounts(valkey_url), ValkeyCounts(valkey_url)

    assert let_through(first, 2, MINUTE) + let_through(second, 5, MINUTE) == 3


def test_the_store_refuses_whole_requests_too(valkey_url: str) -> None:
    wide, narrow = Window("account", 5, 300), Window("trigger", 2, 60)
    store = ValkeyCounts(valkey_url)

    assert let_through(store, 10, wide, narrow) == 2
    assert let_through(store, 10, wide) == 3


def test_the_store_and_memory_agree_on_every_edge(valkey_url: str, clock: Clock) -> None:
    """The script itself, told the time, against MemoryCounts on the same clock: 3,000 calls, seed 7."""
    told = ratelimit_valkey._SCRIPT.replace(b"redis.call('TIME')", b"{ARGV[#ARGV], 0}")
    script = redis.Redis.from_url(valkey_url).register_script(
        told.replace(b"clock[1] * 1000000", b"clock[1]")
    )
    memory, chance = MemoryCounts(clock=clock), random.Random(7)
    kinds = [
        [Window("a", 3, 1)],
        [Window("a", 3, 1), Window("b", 7, 5)],
        [Window("b", 7, 5), Window("c", 1, 2)],
    ]
    for _ in range(3000):
        clock.move(chance.choice([0, 0, 0.1, 0.25, 0.999999, 0.000001]))
        wanted = chance.choice(kinds)
        keys = [f"{window.key}:{window.seconds}" for window in wanted]
        limits = [number for window in wanted for number in (window.count, window.seconds * 1_000_000)]
        waited = script(keys=keys, args=[*limits, clock.nanoseconds // 1000])
        assert waited / 1e6 == memory.take(wanted)


def test_the_store_keeps_no_more_than_it_needs(valkey_url: str) -> None:
    let_through(ValkeyCounts(valkey_url), 20, MINUTE)

    with redis.Redis.from_url(valkey_url) as client:
        assert client.keys() == [b"limit:caller:60"]
        assert client.llen("limit:caller:60") == 3
        assert 0 < client.pttl("limit:caller:60") <= 61_000


def test_the_stores_window_slides(valkey_url: str) -> None:
    plant_calls(valkey_url, MINUTE, ages=[61, 30, 20])
    store = ValkeyCounts(valkey_url)

    assert store.take([MINUTE]) == 0  # in the place of the oldest
    assert 0 < store.take([MINUTE]) <= 30
    assert redis.Redis.from_url(valkey_url).llen("limit:caller:60") == 3


def test_a_store_whose_clock_was_set_back_does_not_lock_anybody_out(valkey_url: str) -> None:
    plant_calls(valkey_url, MINUTE, ages=[-3600, -3600, -3600])

    assert let_through(ValkeyCounts(valkey_url), 5, MINUTE) == 3


def plant_calls(url: str, window: Window, ages: list[int]) -> None:
    with redis.Redis.from_url(url) as client:
        seconds, microseconds = client.time()
        moments = [(seconds - age) * 1_000_000 + microseconds for age in ages]
        client.rpush(f"limit:{window.key}:{window.seconds}", *moments)


def test_a_flushed_store_starts_afresh(valkey_url: str, surviving: Callable[..., SurvivingCounts]) -> None:
    counts = surviving(valkey_url)
    assert let_through(counts, 5, MINUTE) == 3

    redis.Redis.from_url(valkey_url).flushall()

    assert let_through(counts, 5, MINUTE) == 3


def test_a_store_that_forgot_the_script_is_told_it_again(valkey_url: str) -> None:
    store = ValkeyCounts(valkey_url)
    assert let_through(store, 2, MINUTE) == 2

    redis.Redis.from_url(valkey_url).script_flush()

    assert let_through(store, 5, MINUTE) == 1


def test_a_connection_closed_while_idle_is_opened_again(valkey_url: str) -> None:
    store = ValkeyCounts(valkey_url)
    assert let_through(store, 2, MINUTE) == 2

    redis.Redis.from_url(valkey_url).client_kill_filter(_type="normal", skipme=True)

    assert let_through(store, 5, MINUTE) == 1


def test_any_text_may_be_a_key(valkey_url: str) -> None:
    odd = Window("a b\r\n\0\ud800é", 1, 60)

    assert let_through(ValkeyCounts(valkey_url), 3, odd) == 1


def test_the_store_may_ask_for_a_password_and_a_database(own_valkey: Valkey) -> None:
    redis.Redis.from_url(own_valkey.url).config_set("requirepass", "secret")
    url = f"redis://:secret@127.0.0.1:{own_valkey.port}/3"

    assert let_through(ValkeyCounts(url), 5, MINUTE) == 3
    assert redis.Redis.from_url(url).keys() == [b"limit:caller:60"]


def test_a_forked_process_starts_with_connections_of_its_own(valkey_url: str, settings: Settings) -> None:
    settings.TASKTRACKER_LIMIT_STORE_URL = valkey_url
    consume([MINUTE])
    mine = ratelimit._counts(valkey_url, 1)

    ratelimit.forget()  # what os.register_at_fork calls in the child

    assert ratelimit._counts(valkey_url, 1) is not mine
    assert count_passed(5, MINUTE) == 2
