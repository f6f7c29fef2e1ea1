"""A process of the race in test_limits.py: python -m tests.race.limit_caller <store url> <calls> <threads>.

Says "ready", waits for a line, makes its calls from many threads at once, and says how many were let through.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from tasktracker.core.errors import LimitExceeded
from tasktracker.http.ratelimit import Window, consume

WINDOWS = (Window("trigger:7", 60, 60), Window("account:7", 300, 300), Window("account:7", 2000, 3600))


def is_let_through(_number: int) -> bool:
    try:
        consume(WINDOWS)
    except LimitExceeded:
        return False
    return True


def passed(calls: int, threads: int) -> int:
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(is_let_through, range(calls)))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    url, calls, threads = sys.argv[1:]
    settings.configure(
        TASKTRACKER_LIMIT_STORE_URL=url,
        TASKTRACKER_CACHE_TIMEOUT_SECONDS=2.0,
        TASKTRACKER_LIMIT_SCALE=1.0,
        TASKTRACKER_WEB_PROCESSES=4,
    )
    say("ready")
    sys.stdin.readline()
    say(str(passed(int(calls), int(threads))))
