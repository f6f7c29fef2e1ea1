"""The runner's command line and its life: claim, work, again; until asked to end.

Exit codes: 0 asked to end, or `--once` is done; 1 the server refuses this key or project; 2 wrong arguments.
"""

import argparse
import platform
import random
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tasktracker.runner.client import GaveUp, Refused, Server
from tasktracker.runner.hold import Hold
from tasktracker.runner.work import do_run

_REFUSED: Final = 1
_AFTER_TROUBLE_SECONDS: Final = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of a runner."""
    parser.add_argument("--server", required=True, help="https://tasks.example.com")
    parser.add_argument("--project", required=True, help="its number, or @current")
    parser.add_argument("--key", help="a personal key with the scope task:write")
    parser.add_argument("--key-file", type=Path, help="... or the file that it stands in")
    parser.add_argument("--command", required=True, dest="shell_command", help="run by /bin/sh for each run")
    parser.add_argument("--once", action="store_true", help="wait for one run, and end after it")
    parser.add_argument("--name", default=platform.node()[:100], help="what the server shows of this runner")
    parser.add_argument("--poll-seconds", type=float, default=2.0, help="between looks at an empty queue")
    parser.add_argument("--work", type=Path, help="folder for the files of runs; default: a temporary one")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, and run."""
    parser = argparse.ArgumentParser(prog="runner", description=__doc__.partition("\n")[0])
    add_arguments(parser)
    return run(vars(parser.parse_args(arguments)))


def run(options: dict[str, Any]) -> int:
    """Work until asked to end. options: as add_arguments() names them. Returns the exit code."""
    complaint = _complaint(options)
    if complaint:
        _say(complaint)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    key = options["key"] or options["key_file"].read_text(encoding="utf-8").strip()
    server = Server(options["server"], options["project"], key)
    try:
        _work(server, options, stop)
    except Refused as refusal:
        _say(f"The server refuses: {refusal}")
        return _REFUSED
    except GaveUp:
        pass
    _say("Ended.")
    return 0


def _work(server: Server, options: dict[str, Any], stop: threading.Event) -> None:
    """Claim and run, again and again. Raises Refused (of a claim), GaveUp."""
    while not stop.is_set():
        claim = server.call("POST", "runs/claim/", {"runner": options["name"]}, stop=stop)
        if claim is None:
            stop.wait(options["poll_seconds"] * random.uniform(0.8, 1.2))  # noqa: S311  # jitter
            continue
        _do(server, Hold(server, claim), options, stop)
        if options["once"]:
            return


def _do(server: Server, hold: Hold, options: dict[str, Any], stop: threading.Event) -> None:
    _say(f"Run {hold.run['id']}: {hold.task['title'][:80]}")
    if options["work"]:
        options["work"].mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=options["work"]))
    try:
        outcome = do_run(server, hold, options["shell_command"], folder, stop=stop)
        _say(f"Run {hold.run['id']}: {outcome}.")
    except Refused as refusal:  # of this run alone: its lease runs out, others may have more luck with it
        _say(f"Run {hold.run['id']}: the server refuses: {refusal}")
        stop.wait(_AFTER_TROUBLE_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _complaint(options: dict[str, Any]) -> str | None:
    parts = urlsplit(options["server"])
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "--server must be an http or https address."
    if bool(options["key"]) == bool(options["key_file"]):
        return "Give --key or --key-file."
    if not options["poll_seconds"] > 0:
        return "--poll-seconds must be above 0."
    return None


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
