"""What the cases share: the SDK set up from the environment, the server's own word, a webhook receiver."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from taskbadger.exceptions import UnexpectedStatus
from taskbadger.sdk import _init

Body = dict[str, Any]
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _configured() -> None:
    """Set the SDK up as its own CLI does it: from TASKBADGER_HOST and TASKBADGER_API_KEY."""
    _init()


@pytest.fixture(scope="session")
def server() -> Iterator[httpx.Client]:
    """The API of the project acme/web without any client of its own, with the bare secret."""
    headers = {"Authorization": f"Bearer {os.environ['CLIENTS_PROJECT_KEY']}"}
    address = os.environ["TASKBADGER_HOST"]
    with httpx.Client(base_url=f"{address}/api/acme/web", headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def stored(server: httpx.Client) -> Callable[[str], Body]:
    """Read a task as the server has it."""

    def read(task_id: str) -> Body:
        answer = server.get(f"/tasks/{task_id}/")
        assert answer.status_code == 200
        body: Body = answer.json()
        return body

    return read


@pytest.fixture
def named(server: httpx.Client) -> Callable[[str], list[Body]]:
    """List the tasks of a name as the server has them, oldest first."""

    def read(name: str) -> list[Body]:
        found = server.get("/tasks/", params={"page_size": 1000}).json()["results"]
        return [body for body in reversed(found) if body["name"] == name]

    return read


@pytest.fixture
def name() -> str:
    """A name that no other task has."""
    return f"job-{uuid4().hex[:12]}"


@pytest.fixture
def refusal() -> Callable[[Callable[[], Any]], UnexpectedStatus]:
    """Return what the SDK raises when the server says no: refusal(lambda: ...)."""

    def call(work: Callable[[], Any]) -> UnexpectedStatus:
        with pytest.raises(UnexpectedStatus) as raised:
            work()
        return raised.value

    return call


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Run the client's own command: cli("create", "name"), with variables of its own; None takes one away."""

    def run(*arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("taskbadger")
        given = {**os.environ, "HOME": str(tmp_path), "COLUMNS": "200", "NO_COLOR": "1", **environment}
        return subprocess.run(
            [str(program), *arguments],
            env={key: value for key, value in given.items() if value is not None},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def _received() -> Iterator["queue.Queue[Body]"]:
    bodies: queue.Queue[Body] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name it has there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["CLIENTS_RECEIVER_PORT"])), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield bodies
    server.shutdown()
    server.server_close()


@pytest.fixture
def received(_received: "queue.Queue[Body]") -> Callable[[str], Body]:
    """Wait for what the project's webhook is sent about a task."""

    def wait(task_id: str) -> Body:
        while True:
            body = _received.get(timeout=30)
            if body["id"] == task_id:
                return body

    return wait
