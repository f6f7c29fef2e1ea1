"""Where an outgoing call may be addressed to: one parser, and its parts are the ones used.

Pure: text in, a Target out. Names are resolved and sockets opened in gateways/.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

import idna

from tasktracker.outbox.rules.addresses import forbidden_reason, is_loopback

ALLOWED_PORTS = frozenset({80, 443, 8443})
URL_CHARACTERS_MAX = 2048
HOST_CHARACTERS_MAX = 253
NOT_HTTPS = "url must start with https://"

# Stricter than urlsplit, which ignores what stands between a bracket and the port.
_NETLOC = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:@%/?#]+))(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# A last label like this makes resolvers read the whole host as a number: 127.1, 0x7f.1, 2130706433.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_REFUSED_ASCII = re.compile(r"[\x00-\x20\x7f\\]")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_SAFE_IN_PATH = "/?%:@!$&'()*+,;=~-._[]"


class BadTarget(ValueError):
    """The address of an outgoing call is not one we call. `reason` may be shown to its owner."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """A checked destination.

    host: a lower-case ASCII name without a final dot, or an address without brackets.
    is_loopback: the host is loopback by its looks; every address it has must be loopback too.
    """

    scheme: str
    host: str
    port: int
    path_and_query: str
    is_literal: bool
    is_loopback: bool

    @property
    def authority(self) -> str:
        """Return host and port as the Host header wants them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.scheme) else f"{host}:{self.port}"


def parse_target(url: str, *, allow_loopback: bool) -> Target:
    """Read the address of an outgoing call, refusing what is odd.

    allow_loopback: opens loopback hosts, and for them plain http and any port.
    A host name is not resolved here; the fragment is dropped.
    Raises BadTarget.  Source: reliability.md 4.4.
    """
    _refuse_odd_characters(url)
    parts = _split(url)
    if parts.scheme not in {"https", "http"}:
        raise BadTarget(NOT_HTTPS)
    match = _NETLOC.fullmatch(parts.netloc)
    if match is None:
        raise BadTarget("user-info in url" if "@" in parts.netloc else "malformed host")
    host, is_literal = _checked_host(match["v6"], match["name"], allow_loopback=allow_loopback)
    is_local = _is_loopback_host(host)
    return Target(
        scheme=_checked_scheme(parts.scheme, is_local=is_local),
        host=host,
        port=_checked_port(match["port"], parts.scheme, is_local=is_local),
        path_and_query=_path_and_query(parts),
        is_literal=is_literal,
        is_loopback=is_local,
    )


def _refuse_odd_characters(url: str) -> None:
    """Refuse what urlsplit would strip in silence, before it can.

    Backslashes too, which browsers read as slashes and we do not.
    """
    if len(url) > URL_CHARACTERS_MAX:
        raise BadTarget("url too long")
    if _REFUSED_ASCII.search(url) or (not url.isascii() and _has_invisible(url)):
        raise BadTarget("forbidden character in url")


def _has_invisible(url: str) -> bool:
    return any(unicodedata.category(char) in _REFUSED_CATEGORIES for char in url)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise BadTarget("malformed host") from error


def _checked_host(v6: str | None, name: str | None, *, allow_loopback: bool) -> tuple[str, bool]:
    """Return the canonical host and whether it is a literal address."""
    host = v6 if v6 is not None else _canonical_name(name or "")
    is_literal = v6 is not None or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
    reason = forbidden_reason(host, allow_loopback=allow_loopback) if is_literal else None
    if reason == "not an address" or (v6 is not None and ":" not in v6):
        raise BadTarget("malformed host")
    if reason or (_is_loopback_host(host) and not allow_loopback):
        raise BadTarget("forbidden address")
    return host.lower(), is_literal


def _canonical_name(name: str) -> str:
    """Return a host name in lower-case ASCII, without its final dot.

    Other digits and dots (full-width, circled) come out as plain ones and are judged as such.
    """
    try:
        ascii_name = (
            name if name.isascii() else idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
        )
    except idna.IDNAError as error:
        raise BadTarget("malformed host") from error
    host = ascii_name.lower().removesuffix(".")
    if len(host) > HOST_CHARACTERS_MAX or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise BadTarget("malformed host")
    return host


def _is_loopback_host(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or is_loopback(host)


def _checked_scheme(scheme: str, *, is_local: bool) -> str:
    if scheme == "https" or (scheme == "http" and is_local):
        return scheme
    raise BadTarget(NOT_HTTPS)


def _checked_port(digits: str | None, scheme: str, *, is_local: bool) -> int:
    port = int(digits) if digits else _default_port(scheme)
    if port in ALLOWED_PORTS or (is_local and 0 < port < 65536):
        return port
    raise BadTarget("forbidden port")


def _default_port(scheme: str) -> int:
    return 80 if scheme == "http" else 443


def _path_and_query(parts: SplitResult) -> str:
    """Return the request target in ASCII; what is encoded already stays as it is."""
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_SAFE_IN_PATH)
