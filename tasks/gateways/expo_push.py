"""Expo: its service passes a push on to the phone's own (APNs or FCM)."""

from typing import Any, Final

import orjson
from django.conf import settings

from tasks.gateways.push_answers import outcome_of_push
from tasks.gateways.push_services import Push
from tasktracker.outbox.gateways.safe_http import Unreachable, post
from tasktracker.outbox.rules.outcomes import Outcome

_GONE: Final = "DeviceNotRegistered"
_LATER: Final = frozenset({"MessageRateExceeded", "ExpoError", "ProviderError"})
_HOPELESS: Final = frozenset({400, 413})


def send_expo_push(push: Push) -> Outcome:
    """Hand one push to Expo."""
    body = orjson.dumps({"to": push.token, **orjson.loads(push.payload)})
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if settings.TASKTRACKER_EXPO_ACCESS_TOKEN:
        headers["Authorization"] = f"Bearer {settings.TASKTRACKER_EXPO_ACCESS_TOKEN}"
    try:
        reply = post(settings.TASKTRACKER_EXPO_URL, body=body, headers=headers)
    except Unreachable as failure:
        return Outcome("retry", error=failure.reason)
    if reply.status != 200:
        return outcome_of_push(reply, gone=(), hopeless=_HOPELESS)
    return _of_ticket(_ticket(reply.body), reply.duration_ms)


def _of_ticket(ticket: dict[str, Any], duration_ms: int) -> Outcome:
    """Read what Expo says of the message itself: every answer that it understood is a 200."""
    if ticket.get("status") == "ok":
        return Outcome("delivered", 200, duration_ms=duration_ms)
    details = ticket.get("details")
    word = str(details.get("error", "")) if isinstance(details, dict) else ""
    excerpt = str(ticket.get("message", ""))[:200]
    if word == _GONE:
        return Outcome("gone", 200, error=word, duration_ms=duration_ms, reply_excerpt=excerpt)
    later = not word or word in _LATER
    return Outcome(
        "retry" if later else "rejected",
        200,
        error=(word or "no ticket")[:100],
        duration_ms=duration_ms,
        reply_excerpt=excerpt,
    )


def _ticket(body: bytes) -> dict[str, Any]:
    """Find the ticket of the one message; {} when the answer has none."""
    try:
        data = orjson.loads(body)["data"]
        ticket = data[0] if isinstance(data, list) else data
    except (ValueError, KeyError, TypeError, IndexError):
        return {}
    return ticket if isinstance(ticket, dict) else {}
