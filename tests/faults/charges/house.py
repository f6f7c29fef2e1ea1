"""The house of the experiment: database, practice processor, webs and workers, each killed at times."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.faults.charges.points import DECLINES, EVENT_FAULTS, FAULTS, OFTEN, ONLY_IN, SELDOM
from tests.faults.crew import Crew
from tests.plugins import children, fake_stripe, postgres

ROOT = Path(__file__).resolve().parent.parent.parent.parent
_WEBS = 2
_MANAGE = [sys.executable, str(ROOT / "manage.py")]
_EVENTS = "/stripe/events"


@dataclass(frozen=True)
class Answer:
    """What the API said. status: 0 when no answer came."""

    status: int
    body: Any


class House:
    """Starts everything in `folder`, and ends it again by its own pids."""

    def __init__(
        self, folder: Path, *, is_sqlite: bool, workers: int, kills_at_points: int, seed: int
    ) -> None:
        self.folder = folder
        self._workers = workers
        self._seed = seed
        self._ports = [children.free_port() for _ in range(_WEBS)]
        self._turns = cycle(self._ports)
        self._database = None if is_sqlite else postgres.start(durable=True)
        self.processor = fake_stripe.start(
            folder / "processor", webhook_url=f"http://127.0.0.1:{self._ports[0]}{_EVENTS}"
        )
        self.environment = self._environment()
        self.crew = Crew(
            folder,
            self.environment,
            kills_at_points=kills_at_points,
            seed=seed,
            points=OFTEN,
            only_in=ONLY_IN,
            everywhere=SELDOM,
        )

    def open(self) -> None:
        self.run("manage.py", "migrate", "--verbosity", "0")

    def begin(self) -> None:
        """Let calls fail from now on, and start everybody."""
        plan = {"seed": self._seed, "key_life_seconds": 0, "events": EVENT_FAULTS}
        self.processor.fail(*DECLINES, *FAULTS, **plan)
        webs = {f"web{number}": self._web(port) for number, port in enumerate(self._ports)}
        workers = {f"worker{number}": [*_MANAGE, "worker"] for number in range(self._workers)}
        others = {"worker-ahead": _program("ahead"), "people": _program("people")}
        self.crew.start({**webs, **workers, **others})

    def end_faults(self) -> tuple[int, dict[str, int]]:
        """Let every call succeed again. Returns how many calls there were, and the faults among them."""
        plan = self.processor.ask("GET", "/_faults")
        calls = plan["rules"][len(DECLINES)]["seen"] + sum(
            rule["fired"] for rule in plan["rules"][: len(DECLINES)]
        )
        self.processor.fail(key_life_seconds=0)
        return calls, plan["fired"]

    def close(self) -> None:
        self.crew.stop()
        self.processor.stop()
        if self._database:
            self._database.stop()

    def run(self, *arguments: str) -> str:
        """Run a Python program of ours in the house, unarmed; returns what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        )
        return done.stdout.decode()

    def call(self, method: str, path: str, key: str, body: Any = None) -> Answer:
        """Call one of the webs once, as a client would that gives up after 40 seconds."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"ApiKey-v2 {key}", "Content-Type": "application/json"}
        address = f"http://127.0.0.1:{next(self._turns)}{path}"
        request = urllib.request.Request(address, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return Answer(answer.status, _read(answer.read()))
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, _read(refusal.read()))
        except OSError:
            return Answer(0, None)

    def _environment(self) -> Mapping[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        database = {"DATABASE_URL": self._database.url} if self._database else {}
        return (
            kept
            | database
            | {
                "DJANGO_SETTINGS_MODULE": "tasktracker.settings",
                "PYTHONPATH": str(ROOT),
                "TASKTRACKER_DATA": str(self.folder / "data"),
                "TASKTRACKER_BASE_URL": f"http://127.0.0.1:{self._ports[0]}",
                "TASKTRACKER_LIMIT_SCALE": "100000",
                "TASKTRACKER_LEASE_SECONDS": "8",
                "TASKTRACKER_ALLOW_TIME_TRAVEL": "1",
                "TASKTRACKER_LOG_LEVEL": "WARNING",
                "TASKTRACKER_AUTHORISE_AFTER_SECONDS": "2",
                "TASKTRACKER_CAPTURE_AFTER_SECONDS": "5",
                "TASKTRACKER_DELIVERY_DELAYS_SECONDS": "0,0.2,0.3,0.5,0.5,1,1,1,2,2",
                "STRIPE_API_KEY": self.processor.api_key,
                "STRIPE_API_BASE": self.processor.url,
                "STRIPE_WEBHOOK_SECRET": self.processor.webhook_secret,
            }
        )

    def _web(self, port: int) -> list[str]:
        place = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        how = ["--interface", "wsgi", "--http", "1", "--no-ws", "--blocking-threads", "16"]
        program = [sys.executable, "-m", "granian", *how, "--log-level", "error", *place]
        return [*program, "tasktracker.wsgi:application"]


def _program(name: str) -> list[str]:
    return [sys.executable, "-m", f"tests.faults.charges.{name}"]


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")
