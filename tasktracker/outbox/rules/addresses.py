"""Which addresses an outgoing call may never reach.

Pure: an address in, a reason out. Names are resolved and sockets opened in gateways/.
"""

from collections.abc import Collection, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The private and special networks are listed in full although ipaddress knows most of them:
# what `is_global` says has changed between Python releases (reliability.md, M12).
_FORBIDDEN_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's metadata and wire server, on a public address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_FORBIDDEN_V6 = tuple(
    IPv6Network(network)
    for network in (
        "::/96",
        "::ffff:0:0/96",  # no honest name answers with a mapped address
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/32",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_MAPPED_LOOPBACK = IPv6Network("::ffff:127.0.0.0/104")
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF


def forbidden_reason(
    address: str, *, allow_loopback: bool = False, own: Collection[Network] = ()
) -> str | None:
    """Say why an outgoing call may not reach an address, or None when it may.

    allow_loopback: opens 127.0.0.0/8, ::1 and the mapped form of 127.0.0.0/8, nothing else.
    own: further networks to refuse, because they are ours.
    The reason is for logs and tests; owners are told "forbidden address" and no more.
    Source: reliability.md 4.4.
    """
    if allow_loopback and is_loopback(address):
        return None
    if own and _is_within(address, own):
        return "own address"
    return _public_reason(address)


def is_loopback(address: str) -> bool:
    """Say whether a literal address is loopback, the mapped form of 127.0.0.0/8 included."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address) and parsed in _MAPPED_LOOPBACK:
        return True
    return parsed is not None and parsed.is_loopback


@lru_cache(maxsize=4096)
def _parsed(address: str) -> Address | None:
    """Read a literal address; None for anything else, scoped addresses included."""
    try:
        return None if "%" in address else ip_address(address)
    except ValueError:
        return None


def _is_within(address: str, networks: Collection[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


@lru_cache(maxsize=4096)
def _public_reason(address: str) -> str | None:
    """Say why an address is not an ordinary public one."""
    if "%" in address:
        return "scope id"
    parsed = _parsed(address)
    if parsed is None:
        return "not an address"
    return _reason(parsed)


def _reason(address: Address) -> str | None:
    if isinstance(address, IPv6Address):
        for embedded in _embedded_v4(address):
            if reason := _reason(embedded):
                return f"embeds {embedded}: {reason}"
    return _kind_reason(address) or _network_reason(address)


def _kind_reason(address: Address) -> str | None:
    """Say what kind of special address ipaddress takes this for."""
    kinds = {
        "unspecified": address.is_unspecified,
        "loopback": address.is_loopback,
        "link-local": address.is_link_local,
        "multicast": address.is_multicast,
        "reserved": address.is_reserved,
        "not global": not address.is_global,
    }
    return next((name for name, applies in kinds.items() if applies), None)


def _network_reason(address: Address) -> str | None:
    networks = _FORBIDDEN_V4 if isinstance(address, IPv4Address) else _FORBIDDEN_V6
    return next((f"in {network}" for network in networks if address in network), None)


def _embedded_v4(address: IPv6Address) -> Iterator[IPv4Address]:
    """Unwrap every IPv4 address that a translator could find inside an IPv6 address."""
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        yield IPv4Address(int(address) & _LOW_32_BITS)
