"""One run, from claim to outcome: files in, command started, output into the log, files out, status.

The command leads a process group of its own, which is ended as a whole.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, cast

from tasktracker.runner.client import GaveUp, Refused, Server
from tasktracker.runner.files import fetch_files, leave_files
from tasktracker.runner.hold import Hold, Lost
from tasktracker.runner.output import Lines, console_entry

GRACE_SECONDS: Final = 10.0  # between SIGTERM and SIGKILL for a command
_LOOK_SECONDS: Final = 0.2
_STRAY_SECONDS: Final = 5.0
_INVALID: Final = 400
_LONGEST_VARIABLE: Final = 100_000  # characters; the whole is on standard input
_PR_SET_PDEATHSIG: Final = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Outcome:
    """How a run ended here."""

    DONE = "done"  # reported: completed or failed
    HANDED_BACK = "handed back"
    LOST = "lost"


def do_run(server: Server, hold: Hold, command: str, folder: Path, *, stop: threading.Event) -> str:
    """Run a command for a claimed run, and report what became of it. Returns an Outcome.

    folder: empty, for this run alone. stop: end the command and hand the run back.
    Raises Refused: the server does not take what must be reported.
    """
    given, left = folder / "input", folder / "output"
    given.mkdir()
    left.mkdir()
    with hold:
        try:
            fetch_files(server, hold, given)
            code = _run_command(server, hold, command, given, left, stop)
            if stop.is_set() and code:
                hold.call("PATCH", "", {"status": "queued"})
                return Outcome.HANDED_BACK
            _report(hold, code, left)
        except (Lost, GaveUp):
            return Outcome.LOST
    return Outcome.DONE


def _run_command(
    server: Server, hold: Hold, command: str, given: Path, left: Path, stop: threading.Event
) -> int:
    """Start the command, pass on what it prints; returns its exit code, negative for a signal."""
    process = subprocess.Popen(  # noqa: S603  # the command is the runner's owner's
        ["/bin/sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **_variables(server, hold, given, left)},
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509  # one prctl call
    )
    ender = threading.Thread(target=_end_when, args=(process, hold, stop), daemon=True)
    ender.start()
    _tell(process, {"task": hold.task, "run": hold.run, "input": str(given), "output": str(left)})
    with process:
        try:
            _pass_on(process, hold)
        except BaseException:
            _end(process)
            raise
        return process.wait()


def _pass_on(process: subprocess.Popen[bytes], hold: Hold) -> None:
    """Write what a command prints into the log, for as long as the log takes it."""
    lines = Lines(cast("IO[bytes]", process.stdout), hold.run["id"])
    is_full = False
    try:
        for batch in lines.batches(is_over=hold.is_lost.is_set):
            if not is_full:
                is_full = not _append(hold, batch)
    finally:
        lines.close()


def _append(hold: Hold, entries: list[dict[str, Any]]) -> bool:
    """Append to the log, once. Returns False when it takes no more. Raises Lost, Refused."""
    try:
        hold.call("POST", "append_log/", {"entries": entries}, **{"Idempotency-Key": str(uuid.uuid4())})
    except Refused as refusal:
        if refusal.code != _INVALID:
            raise
        return False
    return True


def _report(hold: Hold, code: int, left: Path) -> None:
    """Upload what was left, then say how it ended: the files are there when it is told."""
    complaints = list(leave_files(hold, left))
    if complaints:
        _append(hold, [console_entry(text, hold.run["id"], "warn") for text in complaints])
    if code == 0:
        hold.call("PATCH", "", {"status": "completed"})
        return
    how = f"ended with exit code {code}" if code > 0 else f"was killed by {signal.Signals(-code).name}"
    hold.call("PATCH", "", {"status": "failed", "error_message": f"The command {how}."})


# --- the command --------------------------------------------------------------------------------------------
def _variables(server: Server, hold: Hold, given: Path, left: Path) -> dict[str, str]:
    task, run = hold.task, hold.run
    texts = {
        "SERVER": server.address,
        "PROJECT": server.project,
        "TASK_ID": task["id"],
        "TASK_TITLE": task["title"],
        "TASK_DESCRIPTION": task["description"],
        "REPOSITORY": task["repository"],
        "RUN_ID": run["id"],
        "RUN_BRANCH": run["branch"],
        "RUN_MODE": run["state"].get("mode"),
        "RUN_MESSAGE": run["state"].get("pending_user_message"),
        "INPUT": str(given),
        "OUTPUT": str(left),
    }
    return {f"TASKTRACKER_{name}": str(text or "")[:_LONGEST_VARIABLE] for name, text in texts.items()}


def _tell(process: subprocess.Popen[bytes], what: dict[str, Any]) -> None:
    """Write the task to the command's standard input, in a thread: one that does not read keeps nobody."""

    def write() -> None:
        if process.stdin is not None:
            with suppress(OSError), process.stdin as given:
                given.write(json.dumps(what).encode())

    threading.Thread(target=write, name="input", daemon=True).start()


def _end_when(process: subprocess.Popen[bytes], hold: Hold, stop: threading.Event) -> None:
    while process.poll() is None:
        if hold.is_lost.is_set() or stop.is_set():
            _end(process)
            return
        hold.is_lost.wait(_LOOK_SECONDS)
    if not hold.is_lost.wait(_STRAY_SECONDS):  # what it left running keeps its output open
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command with all that it started: politely, then not."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """In the child: on Linux, ask for SIGKILL when the runner dies without a word."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
