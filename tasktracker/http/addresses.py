"""Who is at the other end of a connection, as far as limits may believe it.

Addresses that we call ourselves do not belong here (outbox/rules/addresses.py).
"""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"

_V6_NETWORK_BITS = 64  # what one customer gets: all its addresses count as one
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """Name the client's address, in its normal spelling; UNKNOWN when the server gave none.

    REMOTE_ADDR, unless that is a proxy of TASKTRACKER_TRUSTED_PROXIES: then the nearest hop of
    X-Forwarded-For that is not. What stands left of it was written by the client and is never looked at.
    """
    nearest = _read(request.META.get("REMOTE_ADDR", ""))
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while nearest is not None and hops and _is_trusted(nearest):
        further = _read(hops.pop())
        if further is None:
            break
        nearest = further
    return str(nearest) if nearest else UNKNOWN


def limit_key(address: str) -> str:
    """Name what an address counts as: itself, or its /64 network when it is IPv6."""
    known = _read(address)
    if known is None:
        return UNKNOWN
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, _V6_NETWORK_BITS), strict=False))


def _is_trusted(address: _Address) -> bool:
    return any(address in network for network in settings.TASKTRACKER_TRUSTED_PROXIES)


@lru_cache(maxsize=4096)
def _read(text: str) -> _Address | None:
    """Read an address as servers and proxies write it: "1.2.3.4:80", "::1", "[::1]:80", "fe80::1%eth0"."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
