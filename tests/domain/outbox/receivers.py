"""Receivers of webhooks on loopback, for the tests of the one way out.

They answer with whatever bytes a test wants and keep a book of connections and requests.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from tasktracker.outbox.gateways.safe_http import Reply, Unreachable, post

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

Behaviour = Callable[[socket.socket, bytes], bool]  # answers one request; False hangs up after it


def answers(raw: bytes) -> Behaviour:
    """Answer each request with the same bytes and stay connected."""

    def answer(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(raw)
        return True

    return answer


def answers_and_hangs_up(raw: bytes) -> Behaviour:
    """Answer one request, then close."""

    def answer(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(raw)
        return False

    return answer


def repeats(head: bytes, piece: bytes, every_seconds: float = 0) -> Behaviour:
    """Send a beginning, then the same piece again and again until the caller goes away."""

    def answer(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(head)
        pause = threading.Event()
        while not pause.wait(every_seconds):
            connection.sendall(piece)
        return False

    return answer


def resets_after(raw: bytes) -> Behaviour:
    """Send a beginning, let it arrive, then cut the line."""

    def answer(connection: socket.socket, request: bytes) -> bool:
        connection.sendall(raw)
        threading.Event().wait(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return answer


class Receiver:
    """Listens on a free port of 127.0.0.1 until it is closed."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.connections = 0
        self.requests: list[bytes] = []
        self._tls = tls
        self.open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening and hang up on everybody."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self.open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            secured = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with secured:
                while request := _read_request(secured):
                    self.requests.append(request)
                    if not self.behaviour(secured, request):
                        return


def _read_request(connection: socket.socket) -> bytes:
    """Read one request with a Content-Length; nothing when the caller has hung up."""
    request = b""
    while b"\r\n\r\n" not in request:
        if not (piece := connection.recv(65536)):
            return b""
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


MakeReceiver = Callable[..., Receiver]


def call(url: str, timeout_seconds: float = 10.0) -> Reply:
    """Post a small body."""
    headers = {"Content-Type": "application/json", "webhook-id": "msg_1"}
    return post(url, body=b"{}", headers=headers, timeout_seconds=timeout_seconds)


def reason_of(url: str, timeout_seconds: float = 10.0) -> str:
    """Post a small body in vain and say why."""
    with pytest.raises(Unreachable) as refused:
        call(url, timeout_seconds)
    return refused.value.reason
