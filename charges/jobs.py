"""The jobs of charges, and its time-driven work by name.

Each calls one operation, may run twice and side by side, and loads nothing itself.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from charges.operations.cards import adopt_finished_checkouts
from charges.operations.chain import drive_all_due, drive_due, note_accepted_mails
from charges.operations.closing import finish_closings
from charges.operations.digest import queue_digests
from charges.operations.missed import expire_missed
from charges.operations.processor_events import apply_events, remove_old_events
from charges.operations.reconcile import reconcile_now, reconcile_when_due
from charges.operations.recurrence import make_recurring
from tasktracker.core import clock
from tasktracker.core.jobs import job

SWEEPS: dict[str, Callable[[datetime], int]] = {
    "expire": expire_missed,
    "mails": note_accepted_mails,
    "recurring": make_recurring,
    "digests": queue_digests,
    "old_events": remove_old_events,
}
# They ask the processor, so they may take as long as it does: nothing else waits behind them.
SLOW_SWEEPS: dict[str, Callable[[datetime], int]] = {
    "events": apply_events,
    "checkouts": adopt_finished_checkouts,
    "charges": drive_due,
    "closings": finish_closings,
    "reconcile": reconcile_when_due,
}
# What `manage.py sweep` runs in their place: to the end, not for a turn.
WHOLE_SWEEPS: dict[str, Callable[[datetime], int]] = {
    "charges": drive_all_due,
    "reconcile": reconcile_now,
}


@job("charges.drive")
def drive(**later: Any) -> int:
    """Drive what is due: somebody decided something."""
    at = clock.now()
    return drive_due(at) + finish_closings(at)


@job("charges.events")
def events(**later: Any) -> int:
    """Apply the processor's events that came."""
    return apply_events(clock.now())
