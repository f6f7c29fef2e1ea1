"""The program's own clock: real time, moved by POST /_clock, and ticking on from there."""

import time
from datetime import UTC, datetime
from typing import Any

from charges.fake_stripe import charging
from charges.fake_stripe.call import Call
from charges.fake_stripe.errors import Json
from charges.fake_stripe.store import Store

_OFFSET = "clock_offset_seconds"  # setting


class WrongTime(ValueError):
    """The wanted time cannot be understood; the message says why."""


def now(store: Store) -> float:
    return time.time() + float(store.setting(_OFFSET, 0))


def show(store: Store) -> Json:
    instant = now(store)
    return {
        "now": int(instant),
        "iso": datetime.fromtimestamp(instant, UTC).isoformat(timespec="seconds"),
        charging.HOLD_SECONDS: store.setting(charging.HOLD_SECONDS, charging.DEFAULT_HOLD_SECONDS),
    }


def move(store: Store, wanted: Any, address: str) -> Json:
    """Set the clock, and the life of new holds, and let go of the holds whose time is over by then.

    wanted: some of "now" (seconds, ISO text, or null for real time), "advance_seconds", "hold_seconds".
    Raises WrongTime, changing nothing.
    """
    known = {"now", "advance_seconds", charging.HOLD_SECONDS}
    if not isinstance(wanted, dict) or not wanted or set(wanted) - known:
        raise WrongTime(f"give some of: {', '.join(sorted(known))}")
    with store.transaction():
        if "now" in wanted:
            instant = _instant(wanted["now"])
            store.set_setting(_OFFSET, 0 if instant is None else instant - time.time())
        if "advance_seconds" in wanted:
            offset = float(store.setting(_OFFSET, 0)) + _number(wanted["advance_seconds"], "advance_seconds")
            store.set_setting(_OFFSET, offset)
        if charging.HOLD_SECONDS in wanted:
            store.set_setting(
                charging.HOLD_SECONDS, int(_number(wanted[charging.HOLD_SECONDS], "hold_seconds"))
            )
        lapse(store, address)
    return show(store)


def lapse(store: Store, address: str) -> None:
    """Let go of the holds whose time is over by now."""
    charging.lapse_holds(Call(store=store, params={}, now=int(now(store)), address=address, request_id=None))


def _instant(wanted: Any) -> float | None:
    if wanted is None:
        return None
    if not isinstance(wanted, str):
        return _number(wanted, "now")
    try:
        instant = datetime.fromisoformat(wanted)
    except ValueError:
        raise WrongTime("now: seconds, an ISO instant with its offset, or null") from None
    if instant.tzinfo is None:
        raise WrongTime("now: an ISO instant needs its offset (Z)")
    return instant.timestamp()


def _number(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise WrongTime(f"{name}: a number of seconds")
    return float(value)
