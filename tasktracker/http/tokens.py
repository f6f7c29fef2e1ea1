"""Signed tokens: how claims become text and text becomes claims again.

Whether a token still holds is decided by its row (accounts.operations.credentials), never by the text alone
(reliability.md M15). What is simplejwt's here and what is not stands in ADR 0012.
"""

import base64
import json
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

import jwt
from django.conf import settings
from jwt.algorithms import Algorithm
from rest_framework_simplejwt.backends import TokenBackend

from tasktracker.core.errors import BadCredential

MAX_TOKEN_LENGTH: Final = 4096

_HEADER_NAMES = {"alg", "kid", "typ"}


class KeyBackend(TokenBackend):
    """simplejwt's backend over one key of the ring: names it in the header, and is strict about spelling."""

    def __init__(self, kid: str, algorithm: str, signing_key: str, verifying_key: str) -> None:
        super().__init__(algorithm, signing_key, verifying_key)
        self._kid = kid

    def encode(self, payload: dict[str, Any]) -> str:
        return jwt.encode(payload, self.prepared_signing_key, self.algorithm, {"kid": self._kid})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002  # simplejwt's
        """Read the claims of a text that this key signed; it is verified whatever `verify` says.

        Issuer, subject and times are left to the row.
        Raises BadCredential.
        """
        signed, _, signature = token.rpartition(".")
        key = self.get_verifying_key(token)
        if not self._verifier.verify(signed.encode("ascii"), key, _bytes_of(signature)):
            raise BadCredential
        return _json_object(_bytes_of(signed.rpartition(".")[2]))

    @cached_property
    def _verifier(self) -> Algorithm:
        return jwt.get_algorithm_by_name(self.algorithm)


def sign(claims: Mapping[str, Any]) -> str:
    """Sign claims with the first key of the ring, naming it in the header."""
    return _backend_of(next(iter(settings.TASKTRACKER_TOKEN_KEYS))).encode(dict(claims))


def claims_of(text: str) -> dict[str, Any]:
    """Read the claims of a token that a key of the ring signed.

    Only the one canonical spelling counts: no padding, no spare bits, no unknown or repeated header, no
    repeated claim.
    Raises BadCredential.
    """
    if len(text) > MAX_TOKEN_LENGTH or not text.isascii() or text.count(".") != 2:
        raise BadCredential
    header = _json_object(_bytes_of(text.partition(".")[0]))
    kid = header.get("kid")
    if not isinstance(kid, str) or kid not in settings.TASKTRACKER_TOKEN_KEYS:
        raise BadCredential
    backend = _backend_of(kid)
    # The ring says which algorithm a key is used with; a header can only agree.
    if header.get("alg") != backend.algorithm or not header.keys() <= _HEADER_NAMES:
        raise BadCredential
    return backend.decode(text)


def _backend_of(kid: str) -> KeyBackend:
    key = settings.TASKTRACKER_TOKEN_KEYS[kid]
    return _backend(kid, key.algorithm, key.signing_key, key.verifying_key)


@lru_cache(maxsize=64)
def _backend(kid: str, algorithm: str, signing_key: str, verifying_key: str) -> KeyBackend:
    """Make a backend once for a key: it keeps the parsed key, and for a PEM that is most of the work."""
    return KeyBackend(kid, algorithm, signing_key, verifying_key)


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
