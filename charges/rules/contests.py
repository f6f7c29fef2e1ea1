"""Until when a charge can be contested. What contesting does is operations/contest.py."""

from datetime import datetime, timedelta
from typing import Final

from charges.rules.states import ChargeKind, ChargeStatus

CONTEST_WINDOW: Final = timedelta(days=60)  # after the money was taken (docs/adr/0036-money-pages.md)
_CONTESTABLE: Final = frozenset({
    ChargeStatus.NOTIFIED,
    ChargeStatus.AUTHORISING,
    ChargeStatus.AUTHORISED,
    ChargeStatus.CAPTURING,
    ChargeStatus.CAPTURED,
})  # fmt: skip


def can_contest(
    *, kind: str, status: str, decided_at: datetime | None, ended_at: datetime | None, at: datetime
) -> bool:
    """Say whether the charge of a missed deadline is open to its owner's objection.

    It is from its notification until 60 days after the money was taken, unless staff has decided already.
    """
    if kind != ChargeKind.STAKE or status not in _CONTESTABLE or decided_at is not None:
        return False
    return ended_at is None or at < ended_at + CONTEST_WINDOW
