"""Secrets that are worked out, not stored: what their owner may read again, and what a link proves.

An HMAC-SHA-256 of purpose and subject under keys derived from the sealing ring, which no database holds.
The first key of the ring makes them, all of them are accepted (reliability.md 4.5).
"""

import hashlib
import hmac

from django.conf import settings

_HEX_CHARACTERS = 40  # 160 bits (P28)
_LABEL = b"tasktracker.core.derived"


def derived_secret(purpose: str, *subject: object) -> str:
    """Work out the secret of a subject: 40 hexadecimal characters. Parts of a subject are told apart."""
    return _secret(next(iter(settings.TASKTRACKER_SEALING_KEYS.values())), purpose, subject)


def is_derived_secret(text: str, purpose: str, *subject: object) -> bool:
    """Say, in constant time, whether `text` is the secret of a subject under any key of the ring."""
    given = text.encode(errors="replace")
    keys = settings.TASKTRACKER_SEALING_KEYS.values()
    matches = [hmac.compare_digest(given, _secret(key, purpose, subject).encode()) for key in keys]
    return any(matches)


def _secret(key: bytes, purpose: str, subject: tuple[object, ...]) -> str:
    own_key = hmac.digest(key, _LABEL, hashlib.sha256)
    parts = [str(part).encode() for part in (purpose, *subject)]
    message = b"".join(len(part).to_bytes(4) + part for part in parts)
    return hmac.new(own_key, message, hashlib.sha256).hexdigest()[:_HEX_CHARACTERS]
