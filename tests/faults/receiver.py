"""A receiver of webhooks that fails a fifth of its calls, and keeps a book of what it has processed.

Half of the failures come before the call is processed, half after it: then the sender cannot know, and has to
send it again under the same id.
"""

import random
import socket
import threading
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tasks.rules.signatures import verify

FAILING_SHARE = 0.2
_REFUSED, _OVERLOADED, _SILENT = "refused", "overloaded", "processed, answer lost"
_FAILURES = (_REFUSED, _OVERLOADED, _SILENT, _SILENT)


class Book:
    """What was processed, by path and webhook-id, and how calls failed."""

    def __init__(self, seed: int) -> None:
        self.processed: Counter[tuple[str, str]] = Counter()
        self.failures: Counter[str] = Counter()
        self.badly_signed = 0
        self.secrets: dict[str, str] = {}
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def fate(self) -> str:
        """Draw how the next call goes: "" is well."""
        with self._lock:
            fate = self._random.choice(_FAILURES) if self._random.random() < FAILING_SHARE else ""
            if fate:
                self.failures[fate] += 1
            return fate

    def enter(self, path: str, webhook_id: str) -> None:
        with self._lock:
            self.processed[path, webhook_id] += 1

    def check(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """Check both signatures, as a receiver would."""
        secret = self.secrets[path]
        try:
            Webhook(secret).verify(body, headers)
            is_good = verify(headers["x-tasktracker-signature"], body, secret, datetime.now(UTC))
        except WebhookVerificationError:
            is_good = False
        if not is_good:
            with self._lock:
                self.badly_signed += 1

    def distinct(self) -> int:
        with self._lock:
            return len(self.processed)

    def doubled(self) -> dict[tuple[str, str], int]:
        return {call: times for call, times in self.processed.items() if times > 1}


class Receiver:
    """The server. url: its address, to which hooks add their path."""

    def __init__(self, book: Book) -> None:
        handler = type("Handler", (_Handler,), {"book": book})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_call: Any) -> None:
        """Stay quiet: a caller that was killed hangs up."""


class _Handler(BaseHTTPRequestHandler):
    book: Book
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.book.check(self.path, headers, body)
        fate = self.book.fate()
        if fate == _REFUSED:
            self._answer(500)
        elif fate == _OVERLOADED:
            self._answer(503, "Retry-After: 1")
        else:
            self.book.enter(self.path, headers["webhook-id"])
            if fate == _SILENT:
                self._hang_up()
            else:
                self._answer(204)

    def _answer(self, status: int, *headers: str) -> None:
        self.send_response(status)
        for name, _, value in (header.partition(": ") for header in headers):
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_words: Any) -> None:
        """Stay quiet."""
