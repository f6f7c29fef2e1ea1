"""Where experiments run: each in a database of its own, copied from one that was migrated once.

The servers are those of the tests' plugins, but with a PostgreSQL that syncs. What is measured belongs to the
experiments.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.plugins import postgres, valkey

ROOT: Final = Path(__file__).resolve().parent.parent
EMBEDDED: Final = "SQLite"  # with counters in the process
PRODUCTION: Final = "PostgreSQL"  # with Valkey for counters and bells

_TEMPLATE = "migrated"
_LOG_LINES = 30


class ExperimentFailed(RuntimeError):
    """An experiment ended with an exit code that is not 0."""


class Houses:
    """A folder for all, and the servers as soon as an experiment wants them; `with` ends and removes them."""

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        folder = tempfile.TemporaryDirectory(prefix="tasktracker-bench-")
        self._folder = Path(self._stack.enter_context(folder))
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stack.close()

    def run(self, experiment: str, form: str, arguments: list[str]) -> None:
        """Run one experiment in a fresh house. Raises ExperimentFailed, with the end of its log."""
        environment = self._furnished(f"{experiment}-{form}".lower(), form)
        log = Path(environment["TASKTRACKER_DATA"]) / "log"
        command = [sys.executable, "-m", "benchmarks.inside", experiment, *arguments]
        with log.open("wb") as errors:
            done = subprocess.run(command, cwd=ROOT, env=environment, stderr=errors, check=False)
        if done.returncode:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise ExperimentFailed("\n".join([f"exit code {done.returncode}", *lines[-_LOG_LINES:]]))

    def _furnished(self, name: str, form: str) -> dict[str, str]:
        """Copy the migrated database of a form; returns the environment of processes that live with it."""
        if form == EMBEDDED:
            environment = self._embedded(name)
            shutil.copy(self._migrated_file, environment["TASKTRACKER_DATA"])
            return environment
        return self._production(name, _copy(self._migrated_url, name))

    @cached_property
    def _migrated_file(self) -> Path:
        environment = self._embedded(_TEMPLATE)
        _migrate(environment)
        return Path(environment["TASKTRACKER_DATA"]) / "tasktracker.sqlite3"

    @cached_property
    def _migrated_url(self) -> str:
        url = _copy(self._postgres.url, _TEMPLATE)
        _migrate(self._production(f"{_TEMPLATE}-postgresql", url))
        return url

    @cached_property
    def _postgres(self) -> postgres.Postgres:
        server = postgres.start(durable=True)
        self._stack.callback(server.stop)
        return server

    @cached_property
    def _valkey(self) -> valkey.Valkey:
        server = valkey.start(self._folder / "valkey")
        self._stack.callback(server.stop)
        return server

    def _embedded(self, name: str) -> dict[str, str]:
        """Write the environment of the embedded form, in a folder of its own."""
        data = self._folder / name
        data.mkdir()
        inherited = {word: os.environ[word] for word in ("PATH", "HOME", "LANG") if word in os.environ}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "tasktracker.settings",
            "PYTHONPATH": str(ROOT),
            "TASKTRACKER_DATA": str(data),
            "TASKTRACKER_LIMIT_SCALE": "1000",
            "BENCH_SERVERS": "",
        }

    def _production(self, name: str, database_url: str) -> dict[str, str]:
        servers = (self._postgres.process.pid, self._valkey.process.pid)
        return self._embedded(name) | {
            "DATABASE_URL": database_url,
            "CACHE_URL": self._valkey.url,
            "CELERY_BROKER_URL": self._valkey.url.removesuffix("0") + "1",
            "TASKTRACKER_BACKGROUND": "celery",
            "TASKTRACKER_LOG_FORMAT": "json",
            "BENCH_SERVERS": " ".join(map(str, servers)),
        }


def _migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def _copy(url: str, name: str) -> str:
    """Make a database like the one at `url`; returns its address."""
    parts = urlsplit(url)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    template = "template1" if name == _TEMPLATE else parts.path[1:]
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return parts._replace(path=f"/{name}").geturl()
