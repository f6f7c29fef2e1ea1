"""Sealing: what must be had again in clear is encrypted with a key that is not in the database.

AES-256-GCM; the key ring comes from settings.TASKTRACKER_SEALING_KEYS ("kid:base64key,...", the first one
seals, all of them open). What need not be had again is digested, not sealed.
"""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12


class CannotOpen(Exception):
    """The sealed text was changed, belongs elsewhere, or its key is gone."""


def seal(clear: bytes, *, purpose: str) -> str:
    """Encrypt `clear` for one `purpose` ("webhook:<id>"): only the same purpose opens it."""
    kid, key = next(iter(settings.TASKTRACKER_SEALING_KEYS.items()))
    nonce = os.urandom(_NONCE_BYTES)
    box = AESGCM(key).encrypt(nonce, clear, purpose.encode())
    return f"{kid}.{base64.urlsafe_b64encode(nonce + box).decode()}"


def unseal(sealed: str, *, purpose: str) -> bytes:
    """Decrypt what seal() made. Raises CannotOpen."""
    kid, _, text = sealed.partition(".")
    key = settings.TASKTRACKER_SEALING_KEYS.get(kid)
    if key is None:
        raise CannotOpen
    raw = base64.urlsafe_b64decode(text)
    try:
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
    except InvalidTag:
        raise CannotOpen from None


def digest(secret: str) -> str:
    """SHA-256 of a random secret, in hex: how a secret of 128 bits or more is looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()
