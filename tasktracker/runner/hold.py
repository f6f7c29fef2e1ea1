"""The hold on a run: its fence, named in every write, and a thread that renews the lease meanwhile."""

import threading
import time
from types import TracebackType
from typing import Any, Self

from tasktracker.runner.client import GaveUp, Refused, Server


class Lost(Exception):
    """The run has ended, or is somebody else's by now: nothing of it may be written any more."""


class Hold:
    """A claimed run. Used as a context: the lease is renewed inside it, and no longer.

    claim: what the server answered. is_lost: set once the hold is known, or must be thought, to be gone.
    """

    def __init__(self, server: Server, claim: dict[str, Any]) -> None:
        self.task: dict[str, Any] = claim["task"]
        self.run: dict[str, Any] = claim["run"]
        self.fence: int = claim["fence"]
        self.path = f"tasks/{self.task['id']}/runs/{self.run['id']}"
        self.is_lost = threading.Event()
        self._server = server
        self._seconds: float = claim["lease_seconds"]
        self._is_over = threading.Event()
        self._good_until = time.monotonic() + self._seconds
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Call a path below the run, under its fence. Raises Lost, Refused."""
        given = {"X-Run-Fence": str(self.fence), **headers}
        try:
            return self._server.call(method, f"{self.path}/{path}", body, stop=self.is_lost, headers=given)
        except GaveUp:
            raise Lost from None
        except Refused as refusal:
            if refusal.code in {404, 409}:
                self.is_lost.set()
                raise Lost from None
            raise

    def _renew(self) -> None:
        """Renew at every third of the lease. Whoever cannot say so in time must think it lost."""
        while not self._is_over.wait(self._seconds / 3):
            asked_at = time.monotonic()
            guard = threading.Timer(max(0.0, self._good_until - asked_at), self.is_lost.set)
            guard.daemon = True
            guard.start()
            try:
                self.call("POST", "renew/")
            except Lost:
                return
            except Refused:
                self.is_lost.set()
                return
            finally:
                guard.cancel()
            self._good_until = asked_at + self._seconds
