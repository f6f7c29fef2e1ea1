"""Connections to addresses that have been checked: opening, securing and keeping them.

No HTTP here, and no decision about who may be called.
"""

import os
import select
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

import certifi

CONNECT_SECONDS = 3.0
ADDRESSES_TRIED_MAX = 3
IDLE_SECONDS = 10.0
IDLE_CONNECTIONS_MAX = 256


class WrongPeerError(Exception):
    """Something on the way connected us to another address than the one that was checked."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Whom a connection speaks to. Equal endpoints may share connections.

    host: the name that TLS verifies.  address: the checked one, connected to without another look-up.
    """

    scheme: str
    host: str
    port: int
    address: str


def seconds_left(deadline: float) -> float:
    """Return the time until a monotonic deadline.  Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS policy: certifi's roots, names checked, nothing from the environment."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def open_connection(endpoints: list[Endpoint], deadline: float) -> tuple[Endpoint, socket.socket]:
    """Connect to the first endpoint that takes us; the last one's failure is the one raised."""
    *others, last = _worth_trying(endpoints)
    for endpoint in others:
        with suppress(OSError):
            return endpoint, _open(endpoint, deadline)
    return last, _open(last, deadline)


def _worth_trying(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Pick the first, then one of the other family (IPv6 may lead nowhere from here), then as they come."""
    first = endpoints[0]
    other_family = [one for one in endpoints if (":" in one.address) != (":" in first.address)]
    return list(dict.fromkeys([first, *other_family[:1], *endpoints]))[:ADDRESSES_TRIED_MAX]


def _open(endpoint: Endpoint, deadline: float) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(min(CONNECT_SECONDS, seconds_left(deadline)))
        sock.connect((endpoint.address, endpoint.port))
        _check_peer(sock, endpoint.address)
        return _secured(sock, endpoint, deadline)
    except BaseException:
        sock.close()
        raise


def _check_peer(sock: socket.socket, address: str) -> None:
    if ip_address(sock.getpeername()[0]) != ip_address(address):
        raise WrongPeerError


def _secured(sock: socket.socket, endpoint: Endpoint, deadline: float) -> socket.socket:
    """Greet by the original name and verify the certificate against it."""
    if endpoint.scheme == "http":
        return sock
    sock.settimeout(seconds_left(deadline))
    return tls_context().wrap_socket(sock, server_hostname=endpoint.host)


class IdleConnections:
    """Connections waiting for their next request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Endpoint, list[tuple[float, socket.socket]]] = {}
        self._count = 0
        self._sweep_at = 0.0

    def take(self, endpoint: Endpoint) -> socket.socket | None:
        """Hand out the youngest connection that is still quiet and open."""
        while (kept := self._pop(endpoint)) is not None:
            since, sock = kept
            if time.monotonic() - since < IDLE_SECONDS and _is_quiet(sock):
                return sock
            sock.close()
        return None

    def keep(self, endpoint: Endpoint, sock: socket.socket) -> None:
        """Keep a connection for the next request, or close it where there are enough."""
        now = time.monotonic()
        with self._lock:
            if now >= self._sweep_at:
                self._sweep(now)
            if self._count < IDLE_CONNECTIONS_MAX:
                self._put(endpoint, now, sock)
                return
        sock.close()

    def _put(self, endpoint: Endpoint, since: float, sock: socket.socket) -> None:
        self._kept.setdefault(endpoint, []).append((since, sock))
        self._count += 1

    def _pop(self, endpoint: Endpoint) -> tuple[float, socket.socket] | None:
        with self._lock:
            kept = self._kept.get(endpoint)
            if not kept:
                return None
            self._count -= 1
            return kept.pop()

    def _sweep(self, now: float) -> None:
        """Close what has idled too long: nobody may ever ask for that endpoint again."""
        before, self._kept, self._count = self._kept, {}, 0
        self._sweep_at = now + IDLE_SECONDS
        for endpoint, kept in before.items():
            for since, sock in kept:
                if now - since < IDLE_SECONDS:
                    self._put(endpoint, since, sock)
                else:
                    sock.close()


def _is_quiet(sock: socket.socket) -> bool:
    """Say that nothing has arrived: on an idle connection that is a farewell, or an answer to nothing."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return not poll.poll(0)


def idle_connections() -> IdleConnections:
    """Return this process's idle connections."""
    return _idle


def _start_afresh() -> None:
    """Forget all connections: a forked child must not talk over its parent's."""
    global _idle  # noqa: PLW0603 - one store per process, replaced as a whole
    _idle = IdleConnections()


_idle = IdleConnections()
os.register_at_fork(after_in_child=_start_afresh)
