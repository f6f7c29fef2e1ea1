"""The house under experiment: database, cache, web and workers, each a real process on loopback."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tests.faults.crew import Crew
from tests.plugins import children, postgres, valkey

ROOT = Path(__file__).resolve().parent.parent.parent
LEASE_SECONDS = 3
# The same number of tries as in earnest, closer together.
_DELAYS = "0,0.2,0.3,0.5,0.5,1,1,1,2,2"
_MANAGE = [sys.executable, str(ROOT / "manage.py")]
_CELERY_NAMES = ("celery1", "celery2")
_PATIENCE_SECONDS = 60
_CELERY = [sys.executable, "-m", "celery", "--app", "tasktracker.celery", "--workdir", str(ROOT)]


@dataclass(frozen=True)
class Form:
    """One form of the house. is_embedded: SQLite and `manage.py worker` only."""

    name: str
    is_embedded: bool
    is_cache_stopped: bool = False


class House:
    """Starts everything in `folder`, and ends it again by its own pids."""

    def __init__(self, form: Form, folder: Path, *, kills_at_points: int, seed: int) -> None:
        self._form = form
        self._folder = folder
        self._port = children.free_port()
        self._running: list[Any] = []
        self.address = f"http://127.0.0.1:{self._port}"
        self.environment = self._environment()
        self.crew = Crew(folder, self.environment, kills_at_points=kills_at_points, seed=seed)

    def open(self) -> None:
        self.run("manage.py", "migrate", "--verbosity", "0")
        log = self._folder / "web.log"
        web = children.start(self._web(), log=log, folder=ROOT, environment=self.environment)
        self._running.append(web)
        children.wait_until(lambda: children.answers(self._port), web, log, seconds=60)
        if not self._form.is_embedded:
            beat = [*_CELERY, "beat", "--schedule", str(self._folder / "beat")]
            log = self._folder / "beat.log"
            self._running.append(children.start(beat, log=log, environment=self.environment))
        self.crew.start(self._workers())
        if not self._form.is_embedded:
            self._wait_for_celery()

    def close(self) -> None:
        self.crew.stop()
        while self._running:
            part = self._running.pop()
            if isinstance(part, subprocess.Popen):
                children.stop(part, seconds=30)
            else:
                part.stop()

    def stop_cache(self) -> None:
        """Stop it for good; nothing happens the second time."""
        self._valkey.stop()

    def run(self, *arguments: str) -> str:
        """Run a Python program of ours in the house; returns what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            timeout=120,
        )
        return done.stdout.decode()

    def furnish(self, accounts: int, receiver: str, paths: Sequence[str]) -> list[dict[str, Any]]:
        """Make accounts with a task and webhooks each."""
        made: list[dict[str, Any]] = json.loads(
            self.run("-m", "tests.faults.furnish", str(accounts), receiver, *paths)
        )
        return made

    def deliveries(self) -> list[dict[str, str]]:
        """Return every delivery as the database has it."""
        rows: list[dict[str, str]] = json.loads(self.run("-m", "tests.faults.rows"))
        return rows

    def post(self, path: str, token: str) -> None:
        """Call the API as anyone would. Raises OSError unless the answer is 200 or its like."""
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(self.address + path, method="POST", headers=headers)
        with urllib.request.urlopen(request, timeout=30):
            pass

    def _wait_for_celery(self) -> None:
        """Wait until both workers listen, so that what is tried meets them and not the third one alone."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with redis.Redis.from_url(self.environment["CELERY_BROKER_URL"]) as broker:
            while broker.scard("_kombu.binding.celery.pidbox") != len(_CELERY_NAMES):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"Celery's workers did not start: see {self._folder}")
                time.sleep(0.1)

    def _environment(self) -> Mapping[str, str]:
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "tasktracker.settings",
            "PYTHONPATH": str(ROOT),
            "TASKTRACKER_DATA": str(self._folder / "data"),
            "TASKTRACKER_BASE_URL": self.address,
            "TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS": "1",
            "TASKTRACKER_LIMIT_SCALE": "1000",
            "TASKTRACKER_DELIVERY_THREADS": "4",  # few, so that all workers share the work
            "TASKTRACKER_LEASE_SECONDS": str(LEASE_SECONDS),
            "TASKTRACKER_DELIVERY_DELAYS_SECONDS": _DELAYS,
            "TASKTRACKER_LOG_LEVEL": "WARNING",
        }
        if self._form.is_embedded:
            return environment
        database = postgres.start(durable=True)
        self._valkey = valkey.start(self._folder / "valkey")
        self._running += [database] if self._form.is_cache_stopped else [database, self._valkey]
        return environment | {
            "DATABASE_URL": database.url,
            "CACHE_URL": self._valkey.url,
            "CELERY_BROKER_URL": self._valkey.url.removesuffix("0") + "1",
            "TASKTRACKER_BACKGROUND": "celery",
            "TASKTRACKER_WEB_PROCESSES": "2",
        }

    def _web(self) -> list[str]:
        processes = self.environment.get("TASKTRACKER_WEB_PROCESSES", "1")
        place = ["--host", "127.0.0.1", "--port", str(self._port), "--workers", processes]
        how = [
            "--interface",
            "wsgi",
            "--http",
            "1",
            "--no-ws",
            "--blocking-threads",
            "8",
            "--log-level",
            "warning",
        ]
        return [sys.executable, "-m", "granian", *how, *place, "tasktracker.wsgi:application"]

    def _workers(self) -> dict[str, list[str]]:
        embedded = [*_MANAGE, "worker"]
        if self._form.is_embedded:
            return {f"worker{number}": embedded for number in (1, 2, 3)}
        celery = [*_CELERY, "worker", "--concurrency", "1", "--loglevel", "WARNING", "--hostname"]
        # The third one needs no bell: it goes on while the broker is away.
        bells = {name: [*celery, f"{name}@faults"] for name in _CELERY_NAMES}
        return {**bells, "worker3": embedded}
