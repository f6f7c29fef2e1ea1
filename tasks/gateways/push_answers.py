"""What the answer of a push service means, as far as all of them agree."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from tasks.gateways.webhooks import outcome_of
from tasktracker.outbox.gateways.safe_http import Reply
from tasktracker.outbox.rules.outcomes import Outcome


def outcome_of_push(reply: Reply, *, gone: Collection[int], hopeless: Collection[int]) -> Outcome:
    """Say what a status means: 2xx is success. gone: the device is. hopeless: no later try can succeed."""
    outcome = outcome_of(reply, datetime.now(UTC))
    if reply.status in gone:
        return replace(outcome, result="gone")
    if reply.status in hopeless:
        return replace(outcome, result="rejected")
    return replace(outcome, result="retry") if outcome.result == "gone" else outcome
