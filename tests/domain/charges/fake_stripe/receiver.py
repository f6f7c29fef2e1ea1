"""A webhook endpoint on loopback: keeps what it was sent, and answers as it was told to."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

from tests.plugins.fake_stripe import WEBHOOK_SECRET


class Receiver:
    """answers: the next statuses to give; after them 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.taken: list[tuple[str, bytes]] = []  # (signature, body) of every request, accepted or not
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook?source=fake"

    def take(self, signature: str, body: bytes) -> int:
        with self._changed:
            self.taken.append((signature, body))
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait_for(self, count: int, seconds: float = 10) -> list[Any]:
        """Wait until `count` requests have come. Returns them as verified events, in their order."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while len(self.taken) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"{len(self.taken)} of {count} came"
                self._changed.wait(left)
            return [stripe.Webhook.construct_event(body, sign, WEBHOOK_SECRET) for sign, body in self.taken]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/hook?source=fake"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(self.headers["Stripe-Signature"], body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    return Handler
