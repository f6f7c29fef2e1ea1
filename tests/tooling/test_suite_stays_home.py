"""The guard of this suite: what would leave the machine fails, even when it is swallowed."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection

from tests.plugins import loopback


@pytest.fixture
def attempts() -> Iterator[list[str]]:
    yield loopback.attempts
    loopback.attempts.clear()  # these were meant


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"]
)
def test_connecting_to_an_address_outside_is_refused(attempts: list[str], host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    with socket.socket(family) as probe, pytest.raises(loopback.LeftTheMachine):
        probe.connect((host, 80))

    assert len(attempts) == 1
    attempts.clear()


@pytest.mark.parametrize("look_up", [socket.gethostbyname, lambda name: socket.getaddrinfo(name, 443)])
def test_looking_up_a_name_outside_is_refused(attempts: list[str], look_up: object) -> None:
    with pytest.raises(loopback.LeftTheMachine):
        look_up("example.com")  # type: ignore[operator]

    assert len(attempts) == 1
    attempts.clear()


def test_processes_that_tests_start_stay_too() -> None:
    code = "import urllib.request as http; http.urlopen('http://192.0.2.7/', timeout=1)"

    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "LeftTheMachine" in child.stderr


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass

    assert socket.getaddrinfo("localhost", 80)
    assert loopback.attempts == []


def test_the_database_is_the_one_that_was_asked_for(pytestconfig: pytest.Config) -> None:
    asked = pytestconfig.getoption("--db")

    assert asked is None or connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[asked]
