"""The production form without containers: the very commands and health checks of docker-compose.yml and the
Dockerfile, against a real PostgreSQL and Valkey.
"""

import base64
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.plugins import children, postgres, valkey
from tests.tooling.test_containers import DOCKERFILE, SERVICES

HOST = "tasks.example.com"
BIN = Path(sys.executable).parent


class House:
    """The services of ours as processes, in one folder, on one port."""

    def __init__(self, folder: Path, database_url: str, cache_url: str) -> None:
        self.folder = folder
        self.port = children.free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PYTHONPATH": os.environ["PYTHONPATH"],
            "HOSTNAME": socket.gethostname(),
            **SERVICES["web"]["environment"],
            "TASKTRACKER_DATA": str(folder / "data"),
            "DATABASE_URL": database_url,
            "CACHE_URL": cache_url,
            "CELERY_BROKER_URL": cache_url.replace("/0", "/1"),
            "TASKTRACKER_BASE_URL": f"https://{HOST}",
            "TASKTRACKER_WEB_PROCESSES": "2",
            "ALLOWED_HOSTS": HOST,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "TASKTRACKER_TOKEN_KEYS": f"k1:HS256:{secrets.token_urlsafe(48)}",
            "TASKTRACKER_SEALING_KEYS": f"s1:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
        }

    def here(self, words: list[str]) -> list[str]:
        """A command of the container as it reads on this machine: its port, its folder for scratch files."""
        for ours, theirs in (
            (r"0\.0\.0\.0", "127.0.0.1"),
            (r"/tmp\b", str(self.folder)),
            (r"\b8000\b", str(self.port)),
        ):
            words = [re.sub(ours, theirs, word) for word in words]
        return words

    def run(self, *words: str) -> str:
        """Run a command to its end. Raises CalledProcessError with its output when it fails."""
        done = subprocess.run(
            list(words),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *words: str) -> None:
        with (self.folder / "log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    self.here(list(words)), cwd=ROOT, env=self.environment, stdout=log, stderr=log
                )
            )

    def is_healthy(self, name: str) -> bool:
        kind, *words = SERVICES[name]["healthcheck"]["test"]
        command = ["sh", "-c", words[0].replace("$$", "$")] if kind == "CMD-SHELL" else words
        done = subprocess.run(
            self.here(command), cwd=ROOT, env=self.environment, capture_output=True, timeout=30, check=False
        )
        return done.returncode == 0

    def wait_for(self, name: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_healthy(name):
            assert time.monotonic() < deadline, f"{name}: {(self.folder / 'log').read_text()[-4000:]}"

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, bytes]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method, headers={"Host": HOST, **headers}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()

    def end(self) -> list[int]:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        return [process.wait(40) for process in self.processes]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    database = postgres.start()
    cache = valkey.start(tmp_path / "valkey")
    (tmp_path / "house").mkdir()
    house = House(tmp_path / "house", database.url, cache.url)
    yield house
    for process in house.processes:
        process.kill()
        process.wait()
    cache.stop()
    database.stop()


def test_the_containers_commands_make_a_house_that_works(house: House) -> None:
    house.run("python", "manage.py", "check", "--deploy")
    house.run(*SERVICES["migrate"]["command"])
    (web,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, flags=re.MULTILINE)
    house.start(*json.loads(web))
    house.start(*SERVICES["worker"]["command"][:-1], "1")
    house.start(*SERVICES["beat"]["command"])
    for name in ("web", "worker", "beat"):
        house.wait_for(name)

    account = ["--email", "ann@example.com", "--json"]
    made = json.loads(
        house.run("python", "manage.py", "provision", "--password", "Correct-horse-1", *account)
    )
    task = json.loads(house.run("python", "manage.py", "task", "--title", "Water the plants", *account))
    token = f"Bearer {made['triggers_jwt']}"

    assert house.ask("POST", f"/api/v1/tasks/{task['id']}/trigger", Authorization=token) == (200, b"")
    assert json.loads(house.ask("GET", "/readyz")[1]) == {
        "status": "ok",
        "checks": {"database": "ok", "worker": "ok", "cache": "ok", "processor": "off"},
    }
    assert house.end() == [0, 0, 0]
