"""Nothing that the suite does leaves this machine: connects and name look-ups outside loopback fail loudly.

What uses a patched resolver replaces socket.getaddrinfo for its own test; connects stay guarded all the same.
"""

import ipaddress
import socket
import traceback
from collections.abc import Callable
from typing import Any

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_sendto = socket.socket.sendto
_LOCAL_NAMES = {"localhost", "localhost.localdomain", socket.gethostname(), "", None}

attempts: list[str] = []  # where each forbidden call came from, even when its caller swallowed the error


class LeftTheMachine(RuntimeError):
    """A test tried to reach an address, or to look up a name, that is not on loopback."""


def install() -> None:
    """Put the guard into the socket module of this process."""
    socket.socket.connect = _guard_address(_connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = _guard_address(_connect_ex)  # type: ignore[method-assign]
    socket.socket.sendto = _guard_address(_sendto)  # type: ignore[method-assign]
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        setattr(socket, name, _guard_name(getattr(socket, name)))


def _guard_address(call: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family != socket.AF_UNIX:
            _require_local(args[-1][0], f"{call.__name__} to {args[-1]}")
        return call(self, *args)

    return guarded


def _guard_name(call: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **options: Any) -> Any:
        _require_local(host, f"{call.__name__} of {host!r}")
        return call(host, *args, **options)

    return guarded


def _require_local(host: Any, what: str) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in _LOCAL_NAMES or _is_loopback(name):
        return
    attempts.append(f"{what}\n{''.join(traceback.format_stack(limit=12))}")
    raise LeftTheMachine(f"{what}: the suite stays on loopback")


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
