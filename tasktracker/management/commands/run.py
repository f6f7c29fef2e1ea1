"""`manage.py run` (make run): everything of the embedded form, in the foreground, until Ctrl-C.

Ends with exit code 0 when asked to, and with a message when one of its parts ends by itself.
"""

import errno
import fcntl
import json
import socket
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from tasktracker.core import clock
from tasktracker.demo import EMAIL, Demo, seed_demo, sign_in_file
from tasktracker.supervisor import Part, PartEnded, Supervisor

_HOST = "127.0.0.1"
_THREADS = "8"  # PERFORMANCE.md: one process, 8 blocking threads
_LARGEST_HEAD_BYTES = str(40 * 1024)  # request line and headers (reliability.md section 9)
_HEAD_MILLISECONDS = "15000"
_PROCESSOR_EVENTS = "/stripe/events"  # where the web process hears of the card processor's events


class Command(BaseCommand):
    help = "Start card processor, web and worker in the foreground; Ctrl-C ends all."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.TASKTRACKER_WEB_PROCESSES != 1 and not settings.CACHE_URL:
            raise CommandError(
                "TASKTRACKER_WEB_PROCESSES is not 1: several processes need CACHE_URL to count together."
            )
        with _only_run_on(Path(settings.TASKTRACKER_DATA)):
            _require_free_port(settings.PORT)
            call_command("migrate", interactive=False, verbosity=0)
            demo = seed_demo(at=clock.now())
            _processor_file().unlink(missing_ok=True)  # a killed run leaves the address of a dead one
            try:
                Supervisor(_parts()).run(is_ready=_is_serving, announce=lambda: self._announce(demo))
            except PartEnded as ended:
                raise CommandError(f"{ended}; everything else was ended too.") from None
        self.stdout.write("Ended.")

    def _announce(self, demo: Demo | None) -> None:
        address = f"http://{_HOST}:{settings.PORT}"
        lines = [
            "",
            "Task Tracker is running. Ctrl-C ends it.",
            f"  pages     {address}/",
            f"  API       {address}/docs/",
            f"  cards     {_cards()}",
            f"  data      {settings.TASKTRACKER_DATA}",
        ]
        if demo:
            lines += [
                f"  sign in   {EMAIL}   password  {demo.password}",
                "  trigger the first task:",
                f"  curl -i -X POST {address}/api/v1/tasks/{demo.task_id}/trigger \\",
                f'       -H "Authorization: Bearer {demo.token}"',
            ]
        elif sign_in_file().exists():
            lines.append(f"  sign in   as in {sign_in_file()}")
        self.stdout.write("\n".join([*lines, ""]))
        self.stdout.flush()


def _parts() -> list[Part]:
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"]
    web += ["--working-dir", str(settings.BASE_DIR)]
    web += [
        "--host",
        _HOST,
        "--port",
        str(settings.PORT),
        "--workers",
        str(settings.TASKTRACKER_WEB_PROCESSES),
    ]
    web += ["--blocking-threads", _THREADS, "--workers-kill-timeout", "10", "--log-level", "error"]
    web += ["--http1-buffer-size", _LARGEST_HEAD_BYTES, "--http1-header-read-timeout", _HEAD_MILLISECONDS]
    worker = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]
    parts = [Part("web", [*web, "tasktracker.wsgi:application"]), Part("worker", worker)]
    return parts if settings.STRIPE_API_KEY else [_processor(), *parts]


def _processor() -> Part:
    """The fake Stripe (ADR 0030): other processes find it through the file that it writes when it listens."""
    command = [sys.executable, "-m", "charges.fake_stripe"]
    command += ["--state", str(Path(settings.TASKTRACKER_DATA) / "fake-stripe")]
    command += ["--address-file", str(_processor_file())]
    command += ["--webhook-url", f"http://{_HOST}:{settings.PORT}{_PROCESSOR_EVENTS}"]
    return Part("card processor", command, folder=Path(settings.BASE_DIR))


def _processor_file() -> Path:
    return Path(settings.TASKTRACKER_DATA) / "fake-stripe.json"


def _cards() -> str:
    """Where charges go, for people."""
    if settings.STRIPE_API_KEY:
        return "the card processor of STRIPE_API_KEY"
    address = json.loads(_processor_file().read_text(encoding="ascii"))["api_base"]
    return f"{address}/_book (practice card processor)"


def _only_run_on(data: Path) -> AbstractContextManager[IO[str]]:
    """Hold the data folder: two runs on it would count limits apart and work twice."""
    data.mkdir(parents=True, exist_ok=True)
    turn = (data / "run.lock").open("w")
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        turn.close()
        raise CommandError(f"Another run uses {data}. Give this one its own TASKTRACKER_DATA.") from None
    return turn


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as refusal:
            what = "is taken" if refusal.errno == errno.EADDRINUSE else "cannot be used"
            raise CommandError(f"Port {port} {what}. Choose another: PORT=8001 make run") from None


def _is_serving() -> bool:
    if not (settings.STRIPE_API_KEY or _processor_file().exists()):
        return False
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((_HOST, settings.PORT)) == 0
