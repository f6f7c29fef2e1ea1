"""What a command prints, as entries of a run's log, in batches, each written exactly once."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, Any, Final

MOST_ENTRIES: Final = 500
MOST_CHARACTERS: Final = 256 * 1024
LONGEST_LINE_BYTES: Final = 16 * 1024  # a longer one goes on in the next entry
BATCH_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.5
_WAITING_MOST: Final = 4 * MOST_ENTRIES  # beyond that the command waits for the server

Batch = list[dict[str, Any]]


class Lines:
    """Reads a command's output in a thread of its own, so that it never waits while a batch is sent."""

    def __init__(self, output: IO[bytes], run_id: str) -> None:
        self._output = output
        self._run_id = run_id
        self._is_closed = threading.Event()
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(_WAITING_MOST)
        self._thread = threading.Thread(target=self._read, name="output", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no more."""
        self._is_closed.set()

    def batches(self, *, is_over: Callable[[], bool]) -> Iterator[Batch]:
        """Yield batches until the output ends, or nobody wants it any more."""
        is_open = True
        while is_open and not is_over():
            batch, is_open = self._next(is_over)
            if batch:
                yield batch

    def _next(self, is_over: Callable[[], bool]) -> tuple[Batch, bool]:
        batch: Batch = []
        size, until = 0, time.monotonic() + BATCH_SECONDS
        while len(batch) < MOST_ENTRIES and size < MOST_CHARACTERS and not is_over():
            try:
                entry = self._waiting.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                return batch, True
            if entry is None:
                return batch, False
            batch.append(entry)
            size += len(entry["notification"]["params"]["message"])
        return batch, True

    def _read(self) -> None:
        while line := self._output.readline(LONGEST_LINE_BYTES):
            self._put(console_entry(line.decode(errors="replace").rstrip("\r\n"), self._run_id))
        self._put(None)

    def _put(self, entry: dict[str, Any] | None) -> None:
        is_taken = False
        while not is_taken and not self._is_closed.is_set():
            with suppress(queue.Full):
                self._waiting.put(entry, timeout=_LOOK_SECONDS)
                is_taken = True


def console_entry(message: str, run_id: str, level: str = "info") -> dict[str, Any]:
    """Write a line as an entry of the log. What no text may hold is replaced."""
    return {
        "type": "notification",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "notification": {
            "jsonrpc": "2.0",
            "method": "_posthog/console",
            "params": {"sessionId": run_id, "level": level, "message": message.replace("\0", "\ufffd")},
        },
    }
