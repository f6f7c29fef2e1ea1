"""Time-driven work of accounts, collected by tasktracker/sweeps.py."""

from collections.abc import Callable
from datetime import datetime

from accounts.operations.guesses import sweep_guesses
from accounts.operations.pictures import sweep_pictures
from accounts.operations.sessions import clear_expired_sessions
from accounts.operations.sign_up import sweep_sign_up_codes


def _clear_sessions(at: datetime) -> int:
    return clear_expired_sessions(at=at)


SWEEPS: dict[str, Callable[[datetime], int]] = {
    "sessions": _clear_sessions,
    "guesses": sweep_guesses,
    "sign_up_codes": sweep_sign_up_codes,
    "pictures": sweep_pictures,
}
