"""How a webhook proves that we sent it, and how a receiver checks that.

Pure: bytes, secrets and a moment in, headers out. Sending belongs to gateways/.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_bytes

from standardwebhooks import Webhook

SIGNATURE_HEADER = "X-Tasktracker-Signature"
SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix, not a secret
SECRET_BYTES = 32

_UNIX_SECONDS = re.compile(r"[0-9]{1,12}")


def new_secret() -> str:
    """Make a signing secret: `whsec_` and the base64 of 32 random bytes."""
    return SECRET_PREFIX + base64.b64encode(token_bytes(SECRET_BYTES)).decode("ascii")


def sign(*, body: bytes, secrets: Sequence[str], message_id: str, at: datetime) -> dict[str, str]:
    """Return the headers that sign one attempt to deliver a body.

    body: the exact bytes to be sent, UTF-8.
    secrets: the current one first; more than one while a rotation overlaps, each signs.
    message_id: the same for every attempt of one delivery.  at: the moment of this attempt.
    Source: contract README "Webhooks"; reliability.md 4.3; the Standard Webhooks specification.
    """
    if not secrets:
        raise ValueError("a webhook needs at least one secret")
    sent_at = int(_utc(at).timestamp())
    hexes = [_hex_signature(body, secret, str(sent_at)) for secret in secrets]
    return {
        SIGNATURE_HEADER: f"t={sent_at}," + ",".join(f"v1={signature}" for signature in hexes),
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": _standard_signatures(body, secrets, message_id, _utc(at)),
    }


def verify(header: str, body: bytes, secret: str, at: datetime, tolerance_seconds: int = 300) -> bool:
    """Check an X-Tasktracker-Signature header the way the documents tell receivers to.

    Any one of several v1 values may match. Each is compared in constant time.
    """
    moments, signatures = _header_fields(header)
    if len(moments) != 1 or not _UNIX_SECONDS.fullmatch(moments[0]):
        return False
    if abs(_utc(at).timestamp() - int(moments[0])) > tolerance_seconds:
        return False
    expected = _hex_signature(body, secret, moments[0]).encode("ascii")
    matches = [hmac.compare_digest(expected, found.encode("utf-8", "replace")) for found in signatures]
    return any(matches)


def _header_fields(header: str) -> tuple[list[str], list[str]]:
    """Split `t=...,v1=...` into its moments and its signatures; other fields are for later versions."""
    fields = [field.strip().partition("=") for field in header.split(",")]
    moments = [value for name, _, value in fields if name == "t"]
    signatures = [value for name, _, value in fields if name == "v1"]
    return moments, signatures


def _hex_signature(body: bytes, secret: str, sent_at: str) -> str:
    """Sign `<t>.<body>` with the bytes of the secret's text as it was shown, prefix included."""
    return hmac.digest(secret.encode(), sent_at.encode() + b"." + body, "sha256").hex()


def _standard_signatures(body: bytes, secrets: Sequence[str], message_id: str, at: datetime) -> str:
    text = body.decode("utf-8")
    return " ".join(Webhook(secret).sign(message_id, at, text) for secret in secrets)


def _utc(at: datetime) -> datetime:
    """Return an aware instant in UTC: standardwebhooks would relabel any other zone as UTC."""
    if at.tzinfo is None:
        raise ValueError("at must be an aware datetime")
    return at.astimezone(UTC)
