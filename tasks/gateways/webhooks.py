"""Calling a webhook: one signed attempt, and what its answer means.

Whom to call and what to say comes from operations; when to try again is the outbox's decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

from tasks.rules.signatures import sign
from tasktracker.outbox.gateways.safe_http import Reply, Unreachable, post
from tasktracker.outbox.rules.outcomes import Outcome

_USER_AGENT = "TaskTracker-Webhooks/1"
_EXCERPT_CHARACTERS = 500
_MAY_ASK_FOR_LATER = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an attempt goes. secrets: the current one first, each signs; empty when none could be opened."""

    url: str
    secrets: Sequence[str]


def call(destination: Destination, *, body: str, event_id: UUID) -> Outcome:
    """Make one attempt: the stored body, signed for this moment, under the id that every attempt carries.

    Source: reliability.md 4.3; README.md of the contract, "Webhooks and other things that leave ...".
    """
    if not destination.secrets:
        return Outcome("retry", error="secret cannot be opened")
    content = body.encode()
    at = datetime.now(UTC)  # the attempt's own moment: receivers refuse a signature that is minutes old
    signatures = sign(body=content, secrets=destination.secrets, message_id=f"msg_{event_id.hex}", at=at)
    headers = {"Content-Type": "application/json", "User-Agent": _USER_AGENT, **signatures}
    try:
        reply = post(destination.url, body=content, headers=headers)
    except Unreachable as failure:
        return Outcome("retry", error=failure.reason)
    return outcome_of(reply, at)


def outcome_of(reply: Reply, at: datetime) -> Outcome:
    """Say what an answer means: 2xx is success, 410 is for good, anything else is to be tried again."""
    excerpt = reply.body.decode(errors="replace").replace("\x00", "")[:_EXCERPT_CHARACTERS]
    if 200 <= reply.status < 300:
        return Outcome("delivered", reply.status, duration_ms=reply.duration_ms, reply_excerpt=excerpt)
    return Outcome(
        "gone" if reply.status == 410 else "retry",
        reply.status,
        retry_after_seconds=_retry_after(reply, at),
        error=f"status {reply.status}",
        duration_ms=reply.duration_ms,
        reply_excerpt=excerpt,
    )


def _retry_after(reply: Reply, at: datetime) -> float | None:
    """Read how long the receiver asks us to wait: seconds or a date, from 429 and 503 only."""
    text = reply.headers.get("retry-after", "").strip()
    if reply.status not in _MAY_ASK_FOR_LATER or not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        asked = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (asked if asked.tzinfo else asked.replace(tzinfo=UTC)).timestamp() - at.timestamp()
