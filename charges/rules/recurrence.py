"""When a stake comes back: a fixed number of days after its last deadline, never as a backlog."""

from datetime import datetime, timedelta


def next_due(*, last_due_at: datetime, days: int, at: datetime) -> datetime:
    """Return the first slot after `at`, counted in whole steps of `days` from the last deadline.

    A day is 86,400 seconds: stakes are instants, not wall times (stakes.md, "Recurrence").
    """
    step = timedelta(days=days)
    passed = max(0, (at - last_due_at) // step)
    return last_due_at + (passed + 1) * step
