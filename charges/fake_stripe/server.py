"""A thread for each connection, on one loopback port, and a file that tells the others where."""

import json
import os
import signal
import socketserver
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

_READ_SECONDS = 30


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers many callers at once; what still waits in a fault does not keep the program from ending."""

    daemon_threads = True
    request_queue_size = 256

    def server_bind(self) -> None:
        """As WSGIServer, without looking up this machine's name, which can take seconds offline."""
        socketserver.TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), int(port)
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is nobody's fault."""


class Handler(WSGIRequestHandler):
    """One connection."""

    timeout = _READ_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name for it
        """Say nothing: the book and the events are the log."""


def write_address(path: Path, **values: str | int) -> None:
    """Tell where we are, whole or not at all; it holds the webhook's secret, so it is for its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(values), encoding="ascii")
    draft.replace(path)


def end_on_signals() -> None:
    """Make SIGTERM and SIGINT end the program as if it had asked for it itself."""

    def end(_: int, __: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
