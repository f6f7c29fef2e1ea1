"""Runs several programs in the foreground as one: when one ends, or when asked to, all end.

What the programs are and what is printed about them belongs to management/commands/run.py.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_LOOK_SECONDS = 0.2
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Part:
    """One program of the run. folder: where it starts; default: where we are."""

    name: str
    command: Sequence[str]
    folder: Path | None = None


class PartEnded(Exception):
    """A part ended although nobody asked it to."""

    def __init__(self, name: str, code: int) -> None:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        super().__init__(f"{name} {how}")


class Supervisor:
    """Starts parts, watches them, and ends them by their own pids.

    Each part leads a process group, so that what it started itself can be ended when it died without
    doing so. patience_seconds: how long a part may take to finish its work before it is killed.
    """

    def __init__(self, parts: Sequence[Part], *, patience_seconds: float = 20) -> None:
        self._parts = parts
        self._patience_seconds = patience_seconds
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._asked_to_end = threading.Event()

    def run(self, *, is_ready: Callable[[], bool], announce: Callable[[], None]) -> None:
        """Run until Ctrl-C, SIGTERM or a closed terminal; `announce` once `is_ready`.

        Raises PartEnded, after ending the others, when a part ends by itself.
        """
        before = {number: signal.signal(number, self._end) for number in _ENDS}
        try:
            for part in self._parts:
                self._running[part.name] = _start(part)
            self._watch(is_ready, announce)
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_end.set()

    def _watch(self, is_ready: Callable[[], bool], announce: Callable[[], None]) -> None:
        is_announced = False
        while not self._asked_to_end.wait(_LOOK_SECONDS):
            for name, process in self._running.items():
                code = process.poll()
                if code is not None and not self._asked_to_end.is_set():
                    raise PartEnded(name, code)
            if not is_announced and is_ready():
                is_announced = True
                announce()

    def _end_all(self) -> None:
        for process in self._running.values():
            process.terminate()  # does nothing when it has ended
        deadline = time.monotonic() + self._patience_seconds
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            with suppress(ProcessLookupError):  # nobody of its group is left: the usual end
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(part: Part) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # the parts are ours
        part.command,
        cwd=part.folder,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=_end_with_parent,  # noqa: PLW1509  # one prctl call, before any thread is started
    )


def _end_with_parent() -> None:
    """In the child: on Linux, ask for SIGTERM when the supervisor dies without a word (kill -9)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
