"""400 parallel calls at a limit of 60: exactly 60 pass, whoever counts (reliability.md M6, P17)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis
from pytest_django import Settings

from tasktracker.core.errors import LimitExceeded
from tasktracker.http.ratelimit import Window, consume
from tasktracker.http.ratelimit_memory import MemoryCounts
from tests.plugins.valkey import Valkey
from tests.race import limit_caller

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def caller(url: str, calls: int, threads: int) -> Iterator[subprocess.Popen[str]]:
    """A process that is ready to call, and ended whatever happens."""
    command = [sys.executable, "-m", "tests.race.limit_caller", url, str(calls), str(threads)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def passed_by_processes(url: str, *, processes: int = 4, calls: int = 100, threads: int = 16) -> list[int]:
    with ExitStack() as stack:
        callers = [stack.enter_context(caller(url, calls, threads)) for _ in range(processes)]
        for process in callers:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [int(process.communicate()[0]) for process in callers]


def test_four_processes_share_one_store(valkey_url: str) -> None:
    assert sum(passed_by_processes(valkey_url)) == 60
    with redis.Redis.from_url(valkey_url) as client:
        counted = {key: client.llen(key) for key in client.scan_iter()}

    assert counted == {b"limit:trigger:7:60": 60, b"limit:account:7:300": 60, b"limit:account:7:3600": 60}


def test_threads_share_the_process_counters() -> None:
    assert limit_caller.passed(calls=400, threads=64) == 60


def test_no_thread_comes_between_looking_and_counting() -> None:
    counts, wanted = MemoryCounts(), Restless([Window("caller", 60, 60)])

    with ThreadPoolExecutor(64) as pool:
        assert sum(not wait for wait in pool.map(counts.take, [wanted] * 400)) == 60


class Restless(list[Window]):
    """Lets another thread run whenever it is looked through."""

    def __iter__(self) -> Iterator[Window]:
        os.sched_yield()
        return super().__iter__()


def test_threads_share_the_store(settings: Settings, valkey_url: str) -> None:
    settings.TASKTRACKER_LIMIT_STORE_URL = valkey_url

    assert limit_caller.passed(calls=400, threads=64) == 60


def test_four_processes_without_their_store_stay_within_the_limit(own_valkey: Valkey) -> None:
    own_valkey.freeze()

    assert passed_by_processes(own_valkey.url) == [15, 15, 15, 15]


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_a_store_lost_among_parallel_calls_lets_no_more_through(
    settings: Settings, own_valkey: Valkey, how: str
) -> None:
    settings.TASKTRACKER_LIMIT_STORE_URL = own_valkey.url
    before = limit_caller.passed(calls=40, threads=16)

    getattr(own_valkey, how)()

    assert before + limit_caller.passed(calls=360, threads=16) == 60
    with pytest.raises(LimitExceeded):
        consume(limit_caller.WINDOWS)
