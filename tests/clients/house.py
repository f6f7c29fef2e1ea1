"""The server that the clients talk to: web and worker as `make run` starts them, on a free port."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.clients.npm import Package, unpack_if_possible
from tests.plugins import children

ROOT = Path(__file__).resolve().parent.parent.parent
ICAL_JS = Package(
    "ical.js",
    "2.2.1",
    "yK/UlPbEs316igb/tjRgbFA8ZV75rCsBJp/hWOatpyaPNlgw0dGDmU+FoicOcwX4xXkeXOkYiOmCqNPFpNPkQg==",
)
_KEPT = ("PATH", "LANG")
_PATIENCE_SECONDS = 60


class House:
    """Starts in `folder` when entered, with people, projects and keys; ends by its own pid when left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = children.free_port()
        self._receiver_port = children.free_port()
        self.address = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        package = unpack_if_possible(ICAL_JS, self._folder / "npm")
        self._ical_js = package / "dist" / "ical.js" if package else None
        self._run("manage.py", "migrate", "--verbosity", "0")
        receiver = f"http://127.0.0.1:{self._receiver_port}"
        self._made: dict[str, Any] = json.loads(self._run("-m", "tests.clients.furnish", receiver))
        log = self._folder / "server.log"
        command = [sys.executable, str(ROOT / "manage.py"), "run"]
        self._server = children.start(command, log=log, folder=ROOT, environment=self._environment())
        children.wait_until(self._is_ready, self._server, log, seconds=_PATIENCE_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        children.stop(self._server, seconds=30)

    @property
    def has_node(self) -> bool:
        """Say whether the cases that run in node can be run."""
        return self._ical_js is not None

    def clients_environment(self) -> dict[str, str]:
        """List all that the clients get to know: what the project page shows, and ids for the cases."""
        made = {f"CLIENTS_{name.upper()}": value for name, value in self._made.items()}
        return (
            _kept()
            | made
            | {
                "HOME": str(self._folder),  # nobody's own configuration of the client
                "TASKBADGER_HOST": self.address,
                "TASKBADGER_API_KEY": self._made["project_key_encoded"],
                "CLIENTS_RECEIVER_PORT": str(self._receiver_port),
                "CLIENTS_ICAL_JS": str(self._ical_js or ""),
            }
        )

    def _environment(self) -> dict[str, str]:
        return _kept() | {
            "HOME": str(self._folder),
            "DJANGO_SETTINGS_MODULE": "tasktracker.settings",
            "PYTHONPATH": str(ROOT),
            "PORT": str(self._port),
            "TASKTRACKER_DATA": str(self._folder / "data"),
            "TASKTRACKER_BASE_URL": self.address,
            "TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS": "1",
            "TASKTRACKER_LOG_LEVEL": "WARNING",
        }

    def _run(self, *arguments: str) -> str:
        """Run a Python program of ours in the house; returns what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self._environment(),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            timeout=120,
        )
        return done.stdout.decode()

    def _is_ready(self) -> bool:
        """Ask whether database, cache and worker are there."""
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _kept() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ}
