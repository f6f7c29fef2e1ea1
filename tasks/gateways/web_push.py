"""Web push: a message that only the browser can read (RFC 8291), from a server that can be told by its key
(VAPID, RFC 8292).
"""

import base64
import binascii
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import http_ece
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from tasks.gateways.push_answers import outcome_of_push
from tasks.gateways.push_services import Push
from tasks.rules.pushes import USEFUL_FOR
from tasktracker.outbox.gateways.safe_http import Unreachable, post
from tasktracker.outbox.rules.outcomes import Outcome

_GONE: Final = frozenset({404, 410})  # RFC 8030: the subscription is over
_HOPELESS: Final = frozenset({400, 403, 413})
_SIGNATURE_SECONDS: Final = 12 * 3600  # RFC 8292: at most a day
_AUTH_BYTES: Final = 16


class NotASubscription(ValueError):
    """The token is no subscription that a browser gave."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gives to whoever may push to it. key: its public key as a point of P-256."""

    endpoint: str
    key: bytes
    auth: bytes


def send_web_push(push: Push) -> Outcome:
    """Encrypt a push for its browser and hand it to the browser's push service."""
    try:
        subscription = read_subscription(push.token)
        body = _encrypted(push.payload.encode(), subscription)
    except (NotASubscription, http_ece.ECEException):
        return Outcome("rejected", error="not a subscription")
    headers = {
        "Authorization": _vapid(subscription.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(USEFUL_FOR.total_seconds())),
        "Urgency": "normal",
    }
    try:
        reply = post(subscription.endpoint, body=body, headers=headers)
    except Unreachable as failure:
        return Outcome("retry", error=failure.reason)
    return outcome_of_push(reply, gone=_GONE, hopeless=_HOPELESS)


def read_subscription(text: str) -> Subscription:
    """Read the JSON text of a browser's PushSubscription. Raises NotASubscription."""
    try:
        said = orjson.loads(text)
        keys = said["keys"]
        found = Subscription(str(said["endpoint"]), _bytes(keys["p256dh"]), _bytes(keys["auth"]))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found.key)
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise NotASubscription from None
    if len(found.auth) != _AUTH_BYTES:
        raise NotASubscription
    return found


def public_key() -> str:
    """Return the server's public key as browsers ask for it ("applicationServerKey")."""
    point = _private_key(settings.TASKTRACKER_VAPID_PRIVATE_KEY).public_key()
    return _text(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _encrypted(clear: bytes, subscription: Subscription) -> bytes:
    body: bytes = http_ece.encrypt(
        clear,
        private_key=ec.generate_private_key(ec.SECP256R1()),  # of this message alone
        dh=subscription.key,
        auth_secret=subscription.auth,
        version="aes128gcm",
    )
    return body


def _vapid(endpoint: str) -> str:
    """Sign who is sending, to this push service alone."""
    place = urlsplit(endpoint)
    claims = {
        "aud": f"{place.scheme}://{place.netloc}",
        "exp": int(time.time()) + _SIGNATURE_SECONDS,
        "sub": settings.TASKTRACKER_VAPID_SUBJECT,
    }
    key = _private_key(settings.TASKTRACKER_VAPID_PRIVATE_KEY)
    return f"vapid t={jwt.encode(claims, key, algorithm='ES256')}, k={public_key()}"


@lru_cache(maxsize=4)
def _private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(_bytes(text)), ec.SECP256R1())


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
