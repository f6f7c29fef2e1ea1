"""The states of a delivery and how it moves between them.

    pending ── settle ──> delivered            the receiver took it
       │ └──── settle ──> pending              another try, later
       ├────── settle ──> failed               out of tries, or refused for good: kept 30 days, replayable
       └────── cancel ──> cancelled            the endpoint is gone or switched off
    delivered, failed, cancelled ── replay ──> pending

Every move is one conditional UPDATE on state and fence, in operations/. No rows belong here.
"""

from typing import Final, Literal

State = Literal["pending", "delivered", "failed", "cancelled"]

STATES: Final[tuple[State, ...]] = ("pending", "delivered", "failed", "cancelled")
FINISHED: Final[tuple[State, ...]] = ("delivered", "failed", "cancelled")
