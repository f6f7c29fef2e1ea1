"""Published npm packages, fetched once, checked against their digests, and a server for them to talk to.

npm fetches into .venv; nothing of it is committed. What the clients are asked to do stands with each of them.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.plugins import children

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".venv" / "npm"
_PATIENCE_SECONDS = 60


class CannotBeHad(Exception):
    """This machine has no node, no npm or no registry: what needs them is left out, by name."""


@dataclass(frozen=True)
class Package:
    """A version of a package. sha512: of its archive, in base64."""

    name: str
    version: str
    sha512: str

    def unpack(self, folder: Path, *members: str) -> Path:
        """Put its files into a folder, all of them or those named; returns where they are.

        Raises CannotBeHad.
        """
        with tarfile.open(self._fetch()) as archive:
            chosen = [archive.getmember(f"package/{name}") for name in members] or None
            archive.extractall(folder, members=chosen, filter="data")
        return folder / "package"

    def _fetch(self) -> Path:
        """Give the archive, from npm when it is not there yet."""
        archive = CACHE / f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"
        if not (shutil.which("node") and shutil.which("npm")):
            raise CannotBeHad(f"Left out: {self.name} needs node and npm.")
        if not archive.exists():
            self._pack(archive)
        if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != self.sha512:
            sys.exit(f"{archive} is not the package that was published.")
        return archive

    def _pack(self, archive: Path) -> None:
        """Let npm fetch the archive: whole, or not into the cache at all."""
        wanted = f"{self.name}@{self.version}"
        with tempfile.TemporaryDirectory(prefix="tasktracker-npm-") as folder:
            command = ["npm", "pack", "--silent", "--prefer-offline", wanted]
            try:
                subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL, cwd=folder)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
                raise CannotBeHad(f"Left out: npm has no {wanted} to give.") from None
            CACHE.mkdir(parents=True, exist_ok=True)
            shutil.move(Path(folder, archive.name), archive)


class Site:
    """A server of its own, as `make run` starts it, on a free port."""

    def __init__(self, folder: Path) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.port = children.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.data = folder / "data"
        self.environment = kept | {
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "PORT": str(self.port),
            "TASKTRACKER_DATA": str(self.data),
            "TASKTRACKER_BASE_URL": self.address,
            "TASKTRACKER_LOG_LEVEL": "WARNING",
        }
        self._log = folder / "server.log"

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py; returns what it printed."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=120
        )
        return done.stdout.decode()

    def provision(self, email: str) -> Any:
        """Open an account; returns what the command says of it."""
        return json.loads(self.manage("provision", "--email", email, "--password", "Published 1"))

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve inside the context."""
        command = [sys.executable, str(ROOT / "manage.py"), "run"]
        server = children.start(command, log=self._log, folder=ROOT, environment=self.environment)
        try:
            children.wait_until(self._is_ready, server, self._log, seconds=_PATIENCE_SECONDS)
            yield
        finally:
            children.stop(server, seconds=30)

    def run_cases(self, cases: Path, arguments: list[str], told: Mapping[str, str]) -> int:
        """Run a file of node's tests; returns node's exit code."""
        command = ["node", "--test", "--test-reporter=spec", *arguments, str(cases)]
        return subprocess.run(command, env=self.environment | told, check=False, timeout=300).returncode

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def unpack_if_possible(package: Package, folder: Path) -> Path | None:
    """Unpack what only some of the cases need; None, with a word about it, where it cannot be had."""
    try:
        return package.unpack(folder)
    except CannotBeHad as left_out:
        print(left_out)
        return None


def run_if_possible(run: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Run a client; leave it out, by name, where it cannot be had. Returns the exit code."""
    try:
        return run(arguments)
    except CannotBeHad as left_out:
        print(left_out)
        return 0
