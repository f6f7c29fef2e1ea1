"""The embedded form as people run it, on the database of this test run, with everything it says written down.

python -m tests.secrecy.dump prints every row of every table of it.
"""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from tests.plugins import children

ROOT: Final = Path(__file__).resolve().parent.parent.parent
_PATIENCE_SECONDS: Final = 60


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Checkout leads back to a page of somebody else: do not go there."""

    def redirect_request(self, *_: Any) -> None:
        return None


class House:
    """Everything in `folder`. address: where the web listens. database_url: "" for SQLite."""

    def __init__(self, folder: Path, *, database_url: str, receiver: str) -> None:
        self._folder = folder
        self._data = folder / "data"
        port = children.free_port()
        self.address = f"http://127.0.0.1:{port}"
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        database = {"DATABASE_URL": database_url} if database_url else {}
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), _StayHere())
        self._environment = {
            **kept,
            **database,
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "PORT": str(port),
            "DJANGO_SETTINGS_MODULE": "tasktracker.settings",
            "TASKTRACKER_DATA": str(self._data),
            "TASKTRACKER_BASE_URL": self.address,
            "TASKTRACKER_LOG_LEVEL": "DEBUG",
            "TASKTRACKER_ALLOW_TIME_TRAVEL": "1",
            "TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS": "1",
            "TASKTRACKER_BEEMINDER_URL": receiver,
        }

    def open(self) -> None:
        self._log = self._folder / "server.log"
        command = [sys.executable, str(ROOT / "manage.py"), "run"]
        self._server = children.start(command, log=self._log, folder=ROOT, environment=self._environment)
        children.wait_until(self._is_ready, self._server, self._log, seconds=_PATIENCE_SECONDS)

    def close(self) -> None:
        children.stop(self._server, seconds=30)

    def manage(self, *arguments: str) -> str:
        """Run a command of ours; what it logs joins the server's log. Returns what it printed."""
        return self._run("manage.py", *arguments)

    def processor(self) -> dict[str, Any]:
        """Where the practice processor listens, and its keys."""
        told: dict[str, Any] = json.loads((self._data / "fake-stripe.json").read_text(encoding="ascii"))
        return told

    def call(self, method: str, path: str, *, key: str = "", body: object = None) -> Any:
        """Ask the web; returns the body of any answer, parsed where it is JSON. path: may be an address."""
        headers = {"Authorization": f"ApiKey-v2 {key}"} if key else {}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        address = path if path.startswith("http") else self.address + path
        return self._open(urllib.request.Request(address, data=data, headers=headers, method=method))

    def send_form(self, address: str, fields: Mapping[str, str]) -> str:
        """Look at a page, then send its form, as a browser without scripts does; returns what came."""
        page = str(self._open(urllib.request.Request(address)))
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        sent = {**fields, "csrfmiddlewaretoken": token[1]} if token else fields
        headers = {"Origin": address.partition("/charges")[0]} if token else {}
        return str(self._open(urllib.request.Request(address, urlencode(sent).encode(), headers)))

    def _open(self, request: urllib.request.Request) -> Any:
        try:
            with self._browser.open(request, timeout=30) as answer:
                return _read(answer.read())
        except urllib.error.HTTPError as refusal:
            return _read(refusal.read())

    def logged(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def mails(self) -> list[dict[str, str]]:
        """Every mail that was sent: subject, headers, text and html, decoded."""
        return [
            _mail(path.read_bytes()) for path in sorted((self._data / "mail").rglob("*")) if path.is_file()
        ]

    def dumped(self) -> str:
        """Every row of every table, as text; of SQLite also the very bytes, with what was left over there."""
        files = [path.read_bytes().decode("latin-1") for path in sorted(self._data.glob("*.sqlite3*"))]
        return "\n".join([self._run("-m", "tests.secrecy.dump"), *files])

    def _run(self, *arguments: str) -> str:
        with self._log.open("ab") as log:
            done = subprocess.run(
                [sys.executable, *arguments],
                env=self._environment,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                check=True,
                timeout=120,
            )
        return done.stdout.decode()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _read(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def _mail(raw: bytes) -> dict[str, str]:
    message = message_from_bytes(raw, policy=policy.default)
    parts = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    return {"headers": headers} | {kind: part.get_content() if part else "" for kind, part in parts.items()}
