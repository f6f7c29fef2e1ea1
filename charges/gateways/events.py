"""The processor's events: one that was sent to us, and the list of those that happened.

Their objects are never believed, only read again (reliability.md 4.1).
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import stripe

from charges.gateways.stripe_client import NotConfigured, ask, webhook_secret
from charges.rules.answers import Declined, Unknown

TOLERANCE_SECONDS: Final = 300
_PAGE: Final = 100


class BadSignature(Exception):
    """The bytes were not signed by the processor, or not now."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to which object of the processor's."""

    id: str
    type: str
    object_id: str
    created_at: datetime


def verified_event(body: bytes, signature: str) -> Event:
    """Check the signature over the raw bytes, its moment within 300 s to both sides. Raises BadSignature."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, webhook_secret(), TOLERANCE_SECONDS)
        _require_not_ahead(signature)
        return _event(json.loads(body))
    except (stripe.SignatureVerificationError, NotConfigured, ValueError, KeyError, TypeError):
        raise BadSignature from None


def list_events(*, since: datetime) -> list[Event] | Unknown:
    """List what happened since a moment, oldest first; Unknown when any page is."""
    found: list[Event] = []
    params: dict[str, Any] = {"created": {"gte": int(since.timestamp())}, "limit": _PAGE}
    while True:
        page = ask(lambda v1: v1.events.list(params), _page)
        if not isinstance(page, tuple):
            return Unknown("declined") if isinstance(page, Declined) else page
        found += page[0]
        if not page[1]:
            return found[::-1]
        params["starting_after"] = found[-1].id


def _require_not_ahead(signature: str) -> None:
    """The library looks for old signatures only. Raises BadSignature."""
    (moment,) = (part[2:] for part in signature.split(",") if part.startswith("t="))
    if int(moment) > time.time() + TOLERANCE_SECONDS:
        raise BadSignature


def _page(body: Mapping[str, Any]) -> tuple[list[Event], bool]:
    return [_event(each) for each in body["data"]], bool(body["has_more"])


def _event(body: Mapping[str, Any]) -> Event:
    about = body["data"]["object"]
    return Event(
        id=str(body["id"])[:255],
        type=str(body["type"])[:100],
        object_id=str(about.get("payment_intent") or about["id"])[:255],
        created_at=datetime.fromtimestamp(int(body["created"]), UTC),
    )
