"""`manage.py run` as a newcomer starts it: real processes, ended in the ways that people end things."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest
from django.db import connection

from tests.architecture.tree import ROOT
from tests.plugins import children

Run = subprocess.Popen[str]
RUNNING = "Task Tracker is running"


@pytest.fixture
def database() -> Iterator[dict[str, str]]:
    """An empty database of the kind of this run, as the setting that names it; SQLite needs none."""
    if connection.vendor == "sqlite":
        yield {}
        return
    server, name = os.environ["DATABASE_URL"].rpartition("/")[0], f"run_{uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield {"DATABASE_URL": f"{server}/{name}"}
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def start(tmp_path: Path, database: dict[str, str]) -> Iterator[Callable[..., Run]]:
    """Start a run on its own port and folder; whatever is left of it is ended afterwards."""
    started: list[psutil.Process] = []

    def start(port: int, data: Path = tmp_path, **given: str) -> Run:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        environment = {
            **inherited,
            "DEBUG": "1",
            "PORT": str(port),
            "TASKTRACKER_DATA": str(data),
            **database,
            **given,
        }
        run = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "run"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(psutil.Process(run.pid))
        return run

    yield start
    for process in started:
        end_tree(process)


def end_tree(process: psutil.Process) -> None:
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        member.kill()
    psutil.wait_procs(family, timeout=10)


def told(run: Run) -> str:
    """Read what it prints up to the line on its first trigger, or on its data."""
    lines = []
    for line in run.stdout or ():
        lines.append(line)
        if "Authorization: Bearer" in line or "sign in   as in" in line:
            break
    return "".join(lines)


def parts(run: Run) -> list[psutil.Process]:
    return psutil.Process(run.pid).children(recursive=True)


def status_of(method: str, url: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read()


def test_first_start_serves_seeds_and_ends_when_asked(start: Callable[..., Run], tmp_path: Path) -> None:
    port = children.free_port()
    run = start(port)

    said = told(run)
    address, token = re.findall(r"POST (\S+)", said)[0], re.findall(r"Bearer ([^\"]+)", said)[0]

    assert RUNNING in said
    assert status_of("GET", f"http://127.0.0.1:{port}/healthz") == (200, b'{"status":"ok"}')
    assert status_of("POST", address, Authorization=f"Bearer {token}") == (200, b"")
    assert (tmp_path / "demo-sign-in.txt").stat().st_mode & 0o777 == 0o600
    family = parts(run)
    run.send_signal(signal.SIGTERM)
    assert run.wait(30) == 0
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert not children.answers(port)


def test_second_start_keeps_the_demo_and_ends_on_ctrl_c(start: Callable[..., Run], tmp_path: Path) -> None:
    port = children.free_port()
    first = start(port)
    told(first)
    password = (tmp_path / "demo-sign-in.txt").read_text()
    first.terminate()
    first.wait(30)

    second = start(port)
    said = told(second)

    assert "Bearer" not in said
    assert (tmp_path / "demo-sign-in.txt").read_text() == password
    family = parts(second)
    os.killpg(second.pid, signal.SIGINT)  # what a terminal does
    assert second.wait(30) == 0
    assert psutil.wait_procs(family, timeout=5)[1] == []


@pytest.mark.parametrize("name", ["worker", "granian", "charges.fake_stripe"])
def test_a_part_that_dies_ends_the_run(start: Callable[..., Run], name: str) -> None:
    port = children.free_port()
    run = start(port)
    told(run)
    family = parts(run)

    next(part for part in family if name in part.cmdline()).kill()

    assert run.wait(30) == 1
    part = {"worker": "worker", "granian": "web", "charges.fake_stripe": "card processor"}[name]
    assert f"{part} was killed by SIGKILL; everything else was ended too." in run.communicate()[0]
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_practice_processor_is_found_through_its_file(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start(children.free_port())
    said = told(run)

    address_file = tmp_path / "fake-stripe.json"
    address = json.loads(address_file.read_text())["api_base"]

    assert f"cards     {address}/_book" in said
    assert json.loads(status_of("GET", f"{address}/_book")[1])["movements"] == []
    assert address_file.stat().st_mode & 0o777 == 0o600
    run.terminate()
    assert run.wait(30) == 0
    assert not address_file.exists()


def test_processor_of_ones_own_needs_no_practice_one(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start(
        children.free_port(), STRIPE_API_KEY="sk_test_elsewhere", STRIPE_API_BASE="http://127.0.0.1:9"
    )

    said = told(run)

    assert "cards     the card processor of STRIPE_API_KEY" in said
    assert [part for part in parts(run) if "charges.fake_stripe" in part.cmdline()] == []
    assert not (tmp_path / "fake-stripe.json").exists()


def test_nothing_outlives_a_killed_run(start: Callable[..., Run]) -> None:
    run = start(children.free_port())
    told(run)
    family = parts(run)

    run.kill()

    assert psutil.wait_procs(family, timeout=15)[1] == []


def test_a_taken_port_is_named(start: Callable[..., Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start(port)

        assert f"Port {port} is taken." in run.communicate(timeout=60)[0]
        assert run.returncode == 1


def test_a_folder_belongs_to_one_run(start: Callable[..., Run], tmp_path: Path) -> None:
    told(start(children.free_port()))

    second = start(children.free_port())

    assert f"Another run uses {tmp_path}." in second.communicate(timeout=60)[0]
    assert second.returncode == 1
