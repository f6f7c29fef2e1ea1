"""Addresses to which the processor's Checkout page leads a person back. We never fetch them."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from tasktracker.core.errors import Problem

_LONGEST: Final = 2000
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def checkout_url_problems(field: str, url: str, *, allow_http: bool) -> Iterator[Problem]:
    """List what is wrong with an address: https only; plain http on loopback where `allow_http` (ruling)."""
    if len(url) > _LONGEST or not _is_fine(url, allow_http=allow_http):
        yield Problem(field, "invalid", "This must be an https address.")


def _is_fine(url: str, *, allow_http: bool) -> bool:
    if not url.isascii() or any(character <= " " for character in url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None:
        return False
    return parts.scheme == "https" or (allow_http and parts.scheme == "http" and host in _LOOPBACK)
