"""What one try brought, as a handler tells it. What follows from it is decided in rules/retry.py."""

from dataclasses import dataclass
from typing import Literal

Result = Literal["delivered", "retry", "gone", "rejected"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one send.

    result: "delivered"; "retry" by the schedule; "gone", the endpoint said never again (410); "rejected", no
    later try can succeed.  retry_after_seconds: what the receiver asked for (429, 503).  error: a short
    stable word, "" when delivered.  reply_excerpt: the beginning of the answer, a stranger's text.
    """

    result: Result
    status_code: int | None = None
    retry_after_seconds: float | None = None
    error: str = ""
    duration_ms: int = 0
    reply_excerpt: str = ""
