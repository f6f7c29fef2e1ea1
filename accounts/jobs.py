"""Time-driven work of accounts, collected by tasktracker/sweeps.py."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.operations.exports import remove_expired_exports, write_exports
from accounts.operations.guesses import sweep_guesses
from accounts.operations.invitations import sweep_invitations
from accounts.operations.pictures import sweep_pictures
from accounts.operations.sessions import clear_expired_sessions
from accounts.operations.sign_up import sweep_sign_up_codes
from tasktracker.core import clock
from tasktracker.core.jobs import job


def _clear_sessions(at: datetime) -> int:
    return clear_expired_sessions(at=at)


SWEEPS: dict[str, Callable[[datetime], int]] = {
    "sessions": _clear_sessions,
    "guesses": sweep_guesses,
    "sign_up_codes": sweep_sign_up_codes,
    "pictures": sweep_pictures,
    "invitations": sweep_invitations,
    "old_exports": remove_expired_exports,
}
# They write files, so they may take long: nothing else waits behind them.
SLOW_SWEEPS: dict[str, Callable[[datetime], int]] = {
    "exports": write_exports,
}


@job("accounts.write_exports")
def write_asked_exports(**later: Any) -> int:
    """Write what was asked for."""
    return write_exports(clock.now())
