"""Signed tokens: how claims become text and text becomes claims again.

Whether a token still holds is decided by its row (credentials.py), never by the text alone (reliability.md
M15). The signatures are PyJWT's; why not its whole decode(), nor simplejwt's, stands in ADR 0012.
"""

import base64
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import jwt
from django.conf import settings
from jwt.algorithms import Algorithm

from tasktracker.core.errors import BadCredential

ISSUER: Final = "tasktracker"
MAX_TOKEN_LENGTH: Final = 4096

_HEADER_NAMES = {"alg", "kid", "typ"}


def sign(claims: Mapping[str, Any]) -> str:
    """Sign claims with the first key of the ring, naming it in the header."""
    kid, key = next(iter(settings.TASKTRACKER_TOKEN_KEYS.items()))
    _, signing_key = _prepared(key.algorithm, key.signing_key)
    return jwt.encode(dict(claims), signing_key, key.algorithm, {"kid": kid})


def claims_of(text: str) -> dict[str, Any]:
    """Read the claims of a token that a key of the ring signed.

    Only the one canonical spelling counts: no padding, no spare bits, no unknown or repeated header, no
    repeated claim. Issuer, subject and times are left to the row.
    Raises BadCredential.
    """
    segments = text.split(".")
    if len(text) > MAX_TOKEN_LENGTH or len(segments) != 3:
        raise BadCredential
    header, claims, signature = map(_bytes_of, segments)
    key = _named_key(_json_object(header))
    algorithm, verifying_key = _prepared(key.algorithm, key.verifying_key)
    if not algorithm.verify(text.rpartition(".")[0].encode("ascii"), verifying_key, signature):
        raise BadCredential
    return _json_object(claims)


def _named_key(header: Mapping[str, Any]) -> Any:
    """Find the key that a header names. The ring says which algorithm it is used with, never the header."""
    kid = header.get("kid")
    key = settings.TASKTRACKER_TOKEN_KEYS.get(kid) if isinstance(kid, str) else None
    if key is None or header.get("alg") != key.algorithm or not header.keys() <= _HEADER_NAMES:
        raise BadCredential
    return key


@lru_cache(maxsize=64)
def _prepared(name: str, key: str) -> tuple[Algorithm, Any]:
    """Parse a key once: for a PEM that is most of the work."""
    algorithm = jwt.get_algorithm_by_name(name)
    return algorithm, algorithm.prepare_key(key)


def _bytes_of(segment: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise BadCredential from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != segment:
        raise BadCredential
    return raw


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(raw, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        raise BadCredential from None
    if not isinstance(decoded, dict):
        raise BadCredential
    return decoded


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise BadCredential
    return names
