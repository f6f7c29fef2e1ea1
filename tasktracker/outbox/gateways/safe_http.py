"""The only way an HTTP call leaves this system, and the only module that may import an HTTP client.

What to send, when to try again and what an answer means belong to the callers.
"""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import cast

from django.conf import settings

from tasktracker.outbox.gateways.connections import (
    Endpoint,
    WrongPeerError,
    idle_connections,
    open_connection,
    seconds_left,
)
from tasktracker.outbox.gateways.lookups import is_on_this_machine, resolve
from tasktracker.outbox.rules.addresses import forbidden_reason, is_loopback
from tasktracker.outbox.rules.targets import BadTarget, Target, parse_target

FORBIDDEN = "forbidden address"
TOTAL_SECONDS = 10.0
BODY_BYTES_MAX = 64 * 1024
WIRE_BYTES_MAX = 512 * 1024  # all of an answer: status lines, headers, chunk marks and body

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+: [\t\x20-\x7e\x80-\xff]*")
_SET_HERE = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})


class Unreachable(Exception):
    """No answer came. `reason` is a short stable text for the owner and never names an address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered, redirects included. All of it is a stranger's text.

    headers: names in lower case, the last one where a name repeats.  body: the first 64 KiB, as sent.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    duration_ms: int


def post(
    url: str, *, body: bytes, headers: Mapping[str, str], timeout_seconds: float = TOTAL_SECONDS
) -> Reply:
    """Send one POST to a public address and return whatever is answered, following nothing.

    headers: Host, framing and encoding are set here; naming them is a ValueError.
    timeout_seconds: for all of it, from the look-up of the name to the last byte read.
    The request may arrive twice when a kept connection dies under it: bodies carry an id.
    Raises Unreachable.  Source: reliability.md 4.4, P12 and P13.
    """
    started = time.monotonic()
    with _named_failures():
        target = parse_target(url, allow_loopback=_allows_loopback())
        request = _request_bytes(target, body, headers)
        status, answer_headers, answer_body = _exchange(
            _endpoints(target), request, started + timeout_seconds
        )
    return Reply(status, answer_headers, answer_body, round((time.monotonic() - started) * 1000))


@contextmanager
def _named_failures() -> Iterator[None]:
    """Turn what parsers and sockets raise into the few words an owner may read."""
    try:
        yield
    except (BadTarget, WrongPeerError, OSError, http.client.HTTPException) as error:
        raise Unreachable(_word_for(error)) from error


def _word_for(error: Exception) -> str:
    if isinstance(error, BadTarget):
        return error.reason if error.reason == FORBIDDEN else "bad url"
    return next(word for kind, word in _WORDS if isinstance(error, kind))


_WORDS: tuple[tuple[type[Exception], str], ...] = (  # the first that fits: most of these are OSErrors too
    (WrongPeerError, FORBIDDEN),
    (TimeoutError, "timeout"),
    (socket.gaierror, "name not found"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionError, "connection lost"),
    (ssl.SSLEOFError, "connection lost"),
    (ssl.SSLError, "tls"),
    (http.client.HTTPException, "protocol"),
    (OSError, "network"),
)


# --- whom to call ---------------------------------------------------------------------------------------


def _allows_loopback() -> bool:
    return bool(getattr(settings, "TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS", False))


def _endpoints(target: Target) -> list[Endpoint]:
    """Return where a target can be reached; one address that may not be called refuses them all."""
    addresses = [target.host] if target.is_literal else resolve(target.host, target.port)
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, "no addresses")
    if not all(_may_be_called(address, target) for address in addresses):
        raise BadTarget(FORBIDDEN)
    return [Endpoint(target.scheme, target.host, target.port, address) for address in addresses]


def _may_be_called(address: str, target: Target) -> bool:
    if is_loopback(address):
        return _allows_loopback()
    if target.is_loopback:  # what was opened for loopback is not opened for where else its name leads
        return False
    own = getattr(settings, "TASKTRACKER_OWN_ADDRESSES", ())
    return forbidden_reason(address, own=own) is None and not is_on_this_machine(address)


# --- one request and its answer -------------------------------------------------------------------------


_Answer = tuple[int, dict[str, str], bytes]


def _request_bytes(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Write head and body as one piece, so that a small request is one packet."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if not all(map(_HEADER.fullmatch, lines)) or not _SET_HERE.isdisjoint(map(str.lower, headers)):
        raise ValueError("a header that cannot be sent")
    head = (
        f"POST {target.path_and_query} HTTP/1.1",
        f"Host: {target.authority}",
        "Accept-Encoding: identity",
        f"Content-Length: {len(body)}",
        *lines,
    )
    return "\r\n".join((*head, "", "")).encode("latin-1") + body


def _exchange(endpoints: list[Endpoint], request: bytes, deadline: float) -> _Answer:
    """Talk over a kept connection to a checked address, or over a new one."""
    for endpoint in endpoints:
        kept = idle_connections().take(endpoint)
        if kept is not None:
            with suppress(_HungUp):
                return _talk(kept, endpoint, request, deadline)
    endpoint, sock = open_connection(endpoints, deadline)
    return _talk(sock, endpoint, request, deadline)


class _HungUp(ConnectionError):
    """The connection ended before a byte of the answer: a kept one was simply too old."""


def _talk(sock: socket.socket, endpoint: Endpoint, request: bytes, deadline: float) -> _Answer:
    """Send the request, read the answer, and keep the connection if both ends are done with it."""
    wire = _Wire(sock, deadline)
    is_reusable = False
    try:
        _send(sock, request, deadline)
        answer, is_reusable = _read_answer(wire)
    except (ConnectionError, ssl.SSLEOFError) as error:
        raise error if wire.received else _HungUp() from error
    finally:
        if is_reusable:
            idle_connections().keep(endpoint, sock)
        else:
            sock.close()
    return answer


def _send(sock: socket.socket, request: bytes, deadline: float) -> None:
    unsent = memoryview(request)
    with suppress(ConnectionError):  # a receiver may answer and hang up before it has read all of it
        while unsent:
            sock.settimeout(seconds_left(deadline))
            unsent = unsent[sock.send(unsent) :]


class _Wire(io.RawIOBase):
    """The receiving end of a connection for one answer, bounded in time and in bytes.

    A socket's own timeout starts again with every byte, so a receiver that trickles would never end.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.received = 0
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._sock.settimeout(seconds_left(self._deadline))
        count = self._sock.recv_into(buffer)
        self.received += count
        if self.received > WIRE_BYTES_MAX:
            raise http.client.HTTPException("answer too long")
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        """Stand in for the socket: this is all that HTTPResponse asks of one."""
        return io.BufferedReader(self)


def _read_answer(wire: _Wire) -> tuple[_Answer, bool]:
    """Read one answer; also say whether another request may follow it on the same connection."""
    response = http.client.HTTPResponse(cast("socket.socket", wire), method="POST")
    try:
        response.begin()
        body = response.read(BODY_BYTES_MAX)
    except ValueError as error:  # http.client's word for a chunk length below zero
        raise http.client.HTTPException("bad framing") from error
    if response.status < 200:
        raise http.client.HTTPException("an interim answer only")
    is_ambiguous = response.chunked and "content-length" in response.headers
    is_reusable = response.isclosed() and not response.will_close and not is_ambiguous
    headers = {name.lower(): " ".join(value.split()) for name, value in response.headers.items()}
    return (response.status, headers, body), is_reusable
