"""Limits: exact sliding edges, all windows or none, and what happens while the store is away."""

import itertools
import random
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from pytest_django import Settings

from tasktracker.core.errors import LimitExceeded
from tasktracker.http import ratelimit, ratelimit_memory, ratelimit_valkey
from tasktracker.http.breaker import PAUSE_SECONDS, Breaker
from tasktracker.http.ratelimit import SurvivingCounts, Window, consume, windows
from tasktracker.http.ratelimit_memory import MemoryCounts
from tasktracker.http.ratelimit_valkey import ValkeyCounts
from tests.plugins.children import free_port
from tests.plugins.valkey import Valkey


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
def counts(clock: Clock) -> MemoryCounts:
    return MemoryCounts(clock=clock)


@pytest.fixture
def surviving(clock: Clock) -> Callable[..., SurvivingCounts]:
    """Make what `consume` uses in production, with a clock of ours."""

    def make(url: str, processes: int = 1) -> SurvivingCounts:
        own = MemoryCounts(processes, clock=clock)
        return SurvivingCounts(ValkeyCounts(url), own, Breaker("test", clock=clock.seconds))

    return make


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Takes connections and never says a word, as a frozen server does."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        server.setblocking(False)
        yield server


def let_through(counts: Any, calls: int, *wanted: Window) -> int:
    return sum(not counts.take(wanted) for _ in range(calls))


def visits(server: socket.socket) -> int:
    """How many connections came since the last look."""
    for count in itertools.count():
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
    raise AssertionError


MINUTE = Window("caller", 3, 60)


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


def count_passed(calls: int, *wanted: Window) -> int:
    passed = 0
    for _ in range(calls):
        try:
            consume(wanted)
        except LimitExceeded:
            continue
        passed += 1
    return passed


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


# --- while the store is away --------------------------------------------------------------------------------
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
    silent_server: socket.socket, surviving: Callable[..., SurvivingCounts], clock: Clock
) -> None:
    counts = surviving(f"redis://127.0.0.1:{silent_server.getsockname()[1]}")

    for _ in range(3):
        assert let_through(counts, 50, Window("caller", 1000, 60)) == 50
        assert visits(silent_server) == 1
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


# --- the breaker --------------------------------------------------------------------------------------------
def test_one_caller_probes_after_each_pause(clock: Clock) -> None:
    breaker = Breaker("part", clock=clock.seconds)
    assert breaker.allows()

    breaker.failed(OSError("away"))

    assert not breaker.allows()
    clock.move(PAUSE_SECONDS)
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    clock.move(PAUSE_SECONDS)
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_an_answer_closes_the_breaker(clock: Clock) -> None:
    breaker = Breaker("part", clock=clock.seconds)
    breaker.failed(OSError("away"))

    assert [breaker.succeeded(), breaker.succeeded()] == [True, False]
    assert breaker.allows()


def test_a_breaker_speaks_once_when_it_opens_and_once_when_it_closes(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    breaker = Breaker("part", clock=clock.seconds)

    for _ in range(3):
        breaker.failed(OSError("away"))
    for _ in range(3):
        breaker.succeeded()

    assert caplog.messages == ["breaker.opened", "breaker.closed"]


def test_a_forked_process_starts_with_connections_of_its_own(valkey_url: str, settings: Settings) -> None:
    settings.TASKTRACKER_LIMIT_STORE_URL = valkey_url
    consume([MINUTE])
    mine = ratelimit._counts(valkey_url, 1)

    ratelimit.forget()  # what os.register_at_fork calls in the child

    assert ratelimit._counts(valkey_url, 1) is not mine
    assert count_passed(5, MINUTE) == 2
