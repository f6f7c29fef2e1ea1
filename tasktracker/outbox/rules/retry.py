"""When to try again, and when to give up. Rows and clocks do not belong here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tasktracker.outbox.rules.outcomes import Outcome
from tasktracker.outbox.rules.states import State

JITTER_SHARE: Final = 0.2
RETRY_AFTER_LEAST_SECONDS: Final = 1.0
RETRY_AFTER_MOST_SECONDS: Final = 3600.0
_MAY_ASK_FOR_LATER: Final = (429, 503)
# Claims beyond the schedule that a delivery gets when its workers die before they can record an answer.
_LOST_CLAIMS_ALLOWED: Final = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery after a try. delay_seconds: until the next one, for "pending" only."""

    state: State
    delay_seconds: float = 0.0


def decide(outcome: Outcome, *, tries: int, delays_seconds: Sequence[float], jitter: float) -> Verdict:
    """Say what follows from the outcome of try number `tries` (1 is the first).

    delays_seconds: before each try, the first one's included; there are as many tries as delays.
    jitter: -1 to 1, drawn by the caller; it moves a delay by up to 20 %.
    Source: reliability.md 4.3; ruling "Webhooks and other things that leave the building".
    """
    if outcome.result == "delivered":
        return Verdict("delivered")
    if outcome.result != "retry" or tries >= len(delays_seconds):
        return Verdict("failed")
    scheduled = delays_seconds[tries] * (1 + JITTER_SHARE * jitter)
    return Verdict("pending", max(scheduled, _asked_for(outcome)))


def is_abandoned(*, tries: int, delays_seconds: Sequence[float]) -> bool:
    """Say whether claim number `tries` is one too many: every worker that took it died with it."""
    return tries > len(delays_seconds) + _LOST_CLAIMS_ALLOWED


def _asked_for(outcome: Outcome) -> float:
    """Return the wait that a receiver may ask for: a later time than ours, never an earlier one."""
    if outcome.status_code not in _MAY_ASK_FOR_LATER or outcome.retry_after_seconds is None:
        return 0.0
    return min(max(outcome.retry_after_seconds, RETRY_AFTER_LEAST_SECONDS), RETRY_AFTER_MOST_SECONDS)
