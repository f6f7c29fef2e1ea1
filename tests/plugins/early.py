"""What must happen before pytest-django reads the settings: the database, the data folder, the socket guard.

A late start would silently test SQLite, so what was asked for is compared with what Django uses.
"""

import atexit
import base64
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins import loopback, postgres

ROOT = Path(__file__).resolve().parent.parent.parent
_ASKED = "TEST_DATABASE_ASKED"  # sqlite or postgresql: Django's name of the vendor
_FOLDER = "TEST_FOLDER"
_VENDORS = {"sqlite": "sqlite", "postgres": "postgresql"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=sorted(_VENDORS),
        default=None,
        help="sqlite (default), or postgres: the server at DATABASE_URL_TEST, else one from its wheel",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        if not _is_xdist_worker():
            _choose(options.db)
        _prepare_process()
    return (yield)


def pytest_sessionstart(session: pytest.Session) -> None:
    from django.db import connection

    asked = os.environ[_ASKED]
    if connection.vendor != asked:
        pytest.exit(f"{asked} was asked for, but Django uses {connection.vendor}", returncode=3)


def pytest_report_header() -> str:
    return f"database: {os.environ[_ASKED]}, data: {os.environ['TASKTRACKER_DATA']}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail the test that tried to leave the machine, even when its code swallowed the error."""
    loopback.attempts.clear()
    result = yield
    if loopback.attempts:
        pytest.fail(f"{item.nodeid} left the machine:\n{loopback.attempts[0]}", pytrace=False)
    return result


def _is_xdist_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _choose(asked: str | None) -> None:
    """Once per run, in the process that starts the others: they inherit the environment."""
    _forget_the_shell()
    folder = Path(tempfile.mkdtemp(prefix="tasktracker-tests-"))
    os.environ[_FOLDER] = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    given = os.environ.get("DATABASE_URL_TEST", "")
    vendor = _VENDORS[asked] if asked else ("postgresql" if given else "sqlite")
    os.environ[_ASKED] = vendor
    if vendor == "postgresql":
        os.environ["DATABASE_URL"] = given or _start_postgres()


def _start_postgres() -> str:
    server = postgres.start()
    atexit.register(server.stop)
    return server.url


def _forget_the_shell() -> None:
    """Nobody's own settings steer the tests: drop every variable that settings.py reads."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in re.findall(r"^#?([A-Z][A-Z0-9_]*)=", example, flags=re.MULTILINE):
        os.environ.pop(name, None)


def _prepare_process() -> None:
    process_folder = Path(os.environ[_FOLDER]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
    process_folder.mkdir(exist_ok=True)
    os.environ["TASKTRACKER_DATA"] = str(process_folder)
    os.environ["SECRET_KEY"] = "tests-" + "s" * 40
    os.environ["TASKTRACKER_TOKEN_KEYS"] = "t1:HS256:tests-" + "t" * 40
    os.environ["TASKTRACKER_SEALING_KEYS"] = "s1:" + base64.urlsafe_b64encode(b"S" * 32).decode()
    os.environ["TASKTRACKER_LOG_FORMAT"] = "text"
    # A busy machine may keep a healthy Valkey waiting for over 50 ms; only a lost one may count as lost.
    os.environ["TASKTRACKER_CACHE_TIMEOUT_SECONDS"] = "2"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent / "in_children"), str(ROOT)])
    loopback.install()
