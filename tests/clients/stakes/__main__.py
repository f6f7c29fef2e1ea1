"""Runs the published npm package `@taskratchet/sdk`, unchanged, against a live server.

`python -m tests.clients.stakes`. npm fetches it once, into .venv; it is checked against the digest below.
What it is asked to do stands in sdk.test.mjs. Not part of `make test`, which needs no node; without node or
npm it is left out by name.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.clients import npm
from tests.plugins import children

ROOT = Path(__file__).resolve().parent.parent.parent.parent
CASES = Path(__file__).resolve().parent / "sdk.test.mjs"
PACKAGE, VERSION = "@taskratchet/sdk", "7.0.0"
SHA512 = "n0BHr1OxElt39nrKLEJPaNXgwjUxT0wiBYrR1GdI+JPjkgIVQpSqzzlS08YdcMbMtGzzZ/7Y4dVLfGxNM4pJ2Q=="
PEOPLE = ("owner", "walker", "poor")  # a key each: its limit is 60 calls in 10 seconds
_PATIENCE_SECONDS = 60


def main(arguments: list[str]) -> int:
    """Fetch, serve, run the cases, end. Returns node's exit code, or 0 where the client cannot be had."""
    with tempfile.TemporaryDirectory(prefix="tasktracker-stakes-") as name:
        folder = Path(name)
        package = npm.unpack(PACKAGE, VERSION, sha512=SHA512, folder=folder / "sdk")
        if package is None:
            return 0
        environment = _environment(folder, children.free_port())
        keys = _furnish(environment)
        log = folder / "server.log"
        server = _serve(environment, log)
        try:
            children.wait_until(lambda: _is_ready(environment), server, log, seconds=_PATIENCE_SECONDS)
            return _run(arguments, package / "dist" / "taskratchet-sdk.js", keys, environment)
        finally:
            children.stop(server, seconds=30)


def _environment(folder: Path, port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PORT": str(port),
        "TASKTRACKER_DATA": str(folder / "data"),
        "TASKTRACKER_LOG_LEVEL": "WARNING",
    }


def _furnish(environment: dict[str, str]) -> dict[str, str]:
    """Make the people; returns what the cases get to know: a key for each."""
    _manage(environment, "migrate", "--verbosity", "0")
    made = {
        name: json.loads(
            _manage(environment, "provision", "--email", f"{name}@example.com", "--password", "Published 1")
        )
        for name in PEOPLE
    }
    return {f"{name.upper()}_KEY": person["stakes_key"] for name, person in made.items()}


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=120)
    return done.stdout.decode()


def _serve(environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "run"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _is_ready(environment: dict[str, str]) -> bool:
    try:
        with urllib.request.urlopen(f"{_address(environment)}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _address(environment: dict[str, str]) -> str:
    return f"http://127.0.0.1:{environment['PORT']}"


def _run(arguments: list[str], sdk: Path, keys: dict[str, str], environment: dict[str, str]) -> int:
    processor: dict[str, Any] = json.loads(
        (Path(environment["TASKTRACKER_DATA"]) / "fake-stripe.json").read_text(encoding="ascii")
    )
    told = {"SDK": str(sdk), "SERVER": _address(environment), "PROCESSOR": processor["api_base"], **keys}
    command = ["node", "--test", "--test-reporter=spec", *arguments, str(CASES)]
    return subprocess.run(command, env=environment | told, check=False, timeout=300).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
