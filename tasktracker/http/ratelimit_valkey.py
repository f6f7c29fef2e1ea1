"""Calls counted in Valkey (or Redis), for all processes: one script call for all windows of a request.

Written on a plain socket: redis-py's client costs several times what a call here does (ADR 0010).
What happens while the store is away does not belong here (ratelimit.py).
"""

import hashlib
import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import local
from typing import Self

from django.conf import settings
from redis.connection import SSLConnection, parse_url

from tasktracker.http.windows import Window

_MICROSECONDS = 1_000_000

# Of each key: the moments of its newest calls, as many as its count, in microseconds of the store's clock.
# A window is full when the count-th newest is still inside. A moment in the future means that the clock was
# set back: the log is worthless then.
_SCRIPT = b"""
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local wait = 0
for i, key in ipairs(KEYS) do
  local count, length = ARGV[2 * i - 1], ARGV[2 * i]
  local oldest = redis.call('LINDEX', key, -count)
  if oldest and tonumber(oldest) > now then
    redis.call('DEL', key)
  elseif oldest then
    wait = math.max(wait, oldest + length - now)
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local count, length = ARGV[2 * i - 1], ARGV[2 * i]
  if redis.call('RPUSH', key, now) > tonumber(count) then
    redis.call('LTRIM', key, -count, -1)
  end
  redis.call('PEXPIRE', key, length / 1000 + 1000)
end
return 0
"""
_SHA = hashlib.sha1(_SCRIPT, usedforsecurity=False).hexdigest().encode()


class StoreAway(Exception):
    """The store is dead, frozen, or answers with an error of its own."""


class ValkeyCounts:
    """Exact sliding windows in one store. Each thread has a connection of its own.

    url: redis://, rediss:// or unix://, as redis-py reads it.
    """

    def __init__(self, url: str) -> None:
        self._store = _Store.at(url)
        self._thread = local()

    def take(self, windows: Sequence[Window]) -> float:
        """Count one call in all windows, or in none. Returns 0, or the seconds until all have room.

        Raises StoreAway, within some 50 ms.
        """
        keys = _keys_and_limits(windows)
        try:
            reply = self._ask(_head(b"EVALSHA", _SHA, len(windows)) + keys)
            if reply.startswith(b"-NOSCRIPT"):
                reply = self._ask(_head(b"EVAL", _SCRIPT, len(windows)) + keys)
        except OSError as problem:
            raise StoreAway(repr(problem)) from problem
        if not reply.startswith(b":"):
            raise StoreAway(reply.decode(errors="replace").strip())
        return int(reply[1:]) / _MICROSECONDS

    def _ask(self, command: bytes) -> bytes:
        # Out of its drawer while in use, so that a connection that failed is not found there again.
        connection: socket.socket | None = self._thread.__dict__.pop("connection", None)
        reply = _exchange_if_open(connection, command) if connection else None
        if reply is None:
            connection = self._store.connect()
            reply = _exchange(connection, command)
        self._thread.connection = connection
        return reply


@dataclass(frozen=True)
class _Store:
    """Where a store is, and what it wants to hear first."""

    host: str
    port: int
    path: str  # of a Unix socket, else ""
    is_tls: bool
    greeting: tuple[bytes, ...]

    @classmethod
    def at(cls, url: str) -> Self:
        parts = parse_url(url)  # type: ignore[no-untyped-call]
        greeting = []
        if parts.get("password"):
            greeting.append(_command("AUTH", parts.get("username") or "default", parts["password"]))
        if parts.get("db"):
            greeting.append(_command("SELECT", str(parts["db"])))
        return cls(
            host=parts.get("host", "localhost"),
            port=parts.get("port", 6379),
            path=parts.get("path", ""),
            is_tls=parts.get("connection_class") is SSLConnection,
            greeting=tuple(greeting),
        )

    def connect(self) -> socket.socket:
        """Open a connection, signed in and on its database. Raises OSError, StoreAway."""
        connection = self._open()
        if self.greeting:
            answers = _exchange(connection, b"".join(self.greeting), replies=len(self.greeting))
            if answers != b"+OK\r\n" * len(self.greeting):
                connection.close()
                raise StoreAway(answers.decode(errors="replace").strip())
        return connection

    def _open(self) -> socket.socket:
        if self.path:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(settings.TASKTRACKER_CACHE_TIMEOUT_SECONDS)
            connection.connect(self.path)
            return connection
        connection = socket.create_connection(
            (self.host, self.port), timeout=settings.TASKTRACKER_CACHE_TIMEOUT_SECONDS
        )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.is_tls:
            return ssl.create_default_context().wrap_socket(connection, server_hostname=self.host)
        _let_the_kernel_time_out(connection)
        return connection


def _let_the_kernel_time_out(connection: socket.socket) -> None:
    """The same time-out, without Python's poll before every call: a seventh of a call's CPU."""
    connection.settimeout(None)
    whole, microseconds = divmod(
        round(settings.TASKTRACKER_CACHE_TIMEOUT_SECONDS * _MICROSECONDS), _MICROSECONDS
    )
    timeval = struct.pack("@ll", whole, microseconds)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval)


def _exchange(connection: socket.socket, commands: bytes, replies: int = 1) -> bytes:
    """Send, and read as many replies of one line each. Whatever goes wrong closes the connection: the answer
    to a call that was given up must not be taken for the next one's.
    """
    try:
        connection.sendall(commands)
        received = connection.recv(4096)
        while received.count(b"\r\n") < replies:
            more = connection.recv(4096)
            if not more:
                raise ConnectionResetError("The store closed the connection.")
            received += more
    except BaseException:
        connection.close()
        raise
    return received


def _exchange_if_open(connection: socket.socket, command: bytes) -> bytes | None:
    """The same, or None when the connection was closed while it lay idle. A time-out still raises."""
    try:
        return _exchange(connection, command)
    except ConnectionError:
        return None


def _keys_and_limits(windows: Sequence[Window]) -> bytes:
    names = [f"limit:{window.key}:{window.seconds}".encode("utf-8", "backslashreplace") for window in windows]
    limits = [_limit(window.count, window.seconds) for window in windows]
    return b"".join([b"$%d\r\n%b\r\n" % (len(name), name) for name in names] + limits)


@lru_cache(maxsize=1024)
def _limit(count: int, seconds: int) -> bytes:
    return _word(b"%d" % count) + _word(b"%d" % (seconds * _MICROSECONDS))


@lru_cache(maxsize=64)
def _head(command: bytes, script: bytes, keys: int) -> bytes:
    """A command's beginning: for each key, its name and two limits follow."""
    return b"*%d\r\n" % (3 + 3 * keys) + _word(command) + _word(script) + _word(b"%d" % keys)


def _command(*words: str) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(_word(word.encode()) for word in words)


def _word(text: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(text), text)
