"""The jobs of the outbox, and its time-driven work by name.

Loads nothing, decides nothing: each calls one operation, and may run twice and side by side.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tasktracker.core.jobs import job
from tasktracker.outbox.operations.drain import drain
from tasktracker.outbox.operations.retention import remove_old_deliveries

SWEEPS: dict[str, Callable[[datetime], int]] = {
    "retention": remove_old_deliveries,
}


@job("outbox.drain")
def drain_outbox(**later: Any) -> dict[str, int]:
    """Take a turn at sending what is due: a bell rang, or some seconds have passed."""
    return asdict(drain(until_idle=False))
