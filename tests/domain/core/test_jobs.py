"""The bell: it reaches the broker, many are one, and nobody waits for a broker that is away."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import transaction

from tasktracker.core.jobs import enqueue_on_commit
from tests.plugins.valkey import Valkey

Process = subprocess.Popen[str]


@pytest.fixture
def ringing(own_valkey: Valkey, tmp_path: Path) -> Iterator[Process]:
    environment = {
        **os.environ,
        "TASKTRACKER_BACKGROUND": "celery",
        "CELERY_BROKER_URL": own_valkey.url,
        "TASKTRACKER_DATA": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/unused.sqlite3",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.domain.core.ringing"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def ring(process: Process, times: int) -> list[str]:
    assert process.stdin
    assert process.stdout
    answers = []
    for _ in range(times):
        process.stdin.write("ring\n")
        process.stdin.flush()
        answers.append(process.stdout.readline())
    return answers


def waiting(server: Valkey) -> int:
    with redis.Redis.from_url(server.url) as client:
        return int(client.llen("tasktracker"))  # type: ignore[arg-type]


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        os.sched_yield()


def test_a_bell_reaches_the_broker(ringing: Process, own_valkey: Valkey) -> None:
    assert ring(ringing, 1) == ["rung\n"]

    wait_until(lambda: waiting(own_valkey) == 1)


def test_nobody_waits_for_a_frozen_broker(ringing: Process, own_valkey: Valkey) -> None:
    ring(ringing, 1)
    wait_until(lambda: waiting(own_valkey) == 1)
    own_valkey.freeze()

    assert ring(ringing, 200) == ["rung\n"] * 200

    own_valkey.thaw()
    ring(ringing, 1)
    wait_until(lambda: waiting(own_valkey) > 1)
    assert waiting(own_valkey) < 20  # the same bells are rung once


def test_nobody_waits_for_a_broker_that_is_away(ringing: Process, own_valkey: Valkey) -> None:
    own_valkey.stop()

    assert ring(ringing, 200) == ["rung\n"] * 200
    assert ringing.poll() is None


@pytest.mark.django_db
def test_the_embedded_form_rings_for_nobody(
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():  # type: ignore[attr-defined]
        enqueue_on_commit("outbox.drain")

    assert callbacks == []
