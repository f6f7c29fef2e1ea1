"""Events on their way to the webhook endpoint: rows that are due, tried, and tried again until a 2xx.

Loss, doubles and reversed order are switched on by POST /_faults; they are decided when the event is made.
"""

import random
import time

from charges.fake_stripe.errors import Json
from charges.fake_stripe.store import Store

WEBHOOK = "webhook"  # setting: {"url", "secret"}
EVENT_FAULTS = "event_faults"  # setting: {"seed", "lose", "double", "reverse"}
_SEEN = "events_seen"
_DELAYS_SECONDS = (0.2, 1, 2, 5, 15, 60, 300, 1800)
_QUIET_SECONDS = 0.3  # reversed: events gather until so long nothing happens, ...
_LONGEST_GATHERING_SECONDS = 3  # ... but not longer than this; then they are sent newest first


def receivers(store: Store) -> int:
    """How many endpoints an event goes to: one, or none when nobody gave an address."""
    return 1 if store.setting(WEBHOOK, {}).get("url") else 0


def enqueue(store: Store, event_id: str) -> None:
    """Add the deliveries of a new event: one, or as many as the faults say."""
    if not receivers(store):
        return
    seen = store.setting(_SEEN, 0) + 1
    store.set_setting(_SEEN, seen)
    faults: Json = store.setting(EVENT_FAULTS, {})
    chance = random.Random(f"{faults.get('seed', 0)}:{seen}")  # noqa: S311  # chance, not a secret
    is_lost = chance.random() < faults.get("lose", 0)
    copies = 2 if chance.random() < faults.get("double", 0) else 1
    due_at = time.time() + (_QUIET_SECONDS if faults.get("reverse") else 0)
    for _ in range(copies):
        state = "lost" if is_lost else "pending"
        store.run("INSERT INTO delivery (event, state, due_at) VALUES (?, ?, ?)", event_id, state, due_at)


def next_due(store: Store) -> Json | None:
    """The delivery to try now, with its event; None while nothing is due."""
    now = time.time()
    is_reversed = store.setting(EVENT_FAULTS, {}).get("reverse", False)
    if is_reversed and _are_gathering(store, now):
        return None
    rows = store.rows(
        "SELECT seq, event, tries FROM delivery WHERE state = 'pending' AND due_at <= ?"  # noqa: S608
        f" ORDER BY seq {'DESC' if is_reversed else 'ASC'} LIMIT 1",
        now,
    )
    return {**dict(rows[0]), "event": store.find("event", rows[0]["event"])} if rows else None


def _are_gathering(store: Store, now: float) -> bool:
    """Whether the newest event is so new that another may follow."""
    (first,) = store.rows(
        "SELECT MIN(due_at) AS oldest, MAX(due_at) AS newest FROM delivery"
        " WHERE state = 'pending' AND tries = 0"
    )
    if first["newest"] is None:
        return False
    return bool(first["newest"] > now and first["oldest"] > now - _LONGEST_GATHERING_SECONDS)


def settle(store: Store, delivery: Json, *, is_accepted: bool, answer: str) -> None:
    """Note how a try went: accepted, to be tried again later, or given up."""
    tries = delivery["tries"] + 1
    is_over = tries > len(_DELAYS_SECONDS)
    state = "accepted" if is_accepted else "failed" if is_over else "pending"
    wait = 0 if is_accepted or is_over else _DELAYS_SECONDS[tries - 1]
    with store.transaction():
        store.run(
            "UPDATE delivery SET state = ?, tries = ?, due_at = ?, answer = ?"
            " WHERE seq = ? AND state = 'pending'",
            state,
            tries,
            time.time() + wait,
            answer,
            delivery["seq"],
        )


def overview(store: Store) -> list[Json]:
    """Every delivery, oldest first, as GET /_events shows it."""
    rows = store.rows(
        "SELECT delivery.event AS id, object.type AS type, state, tries, answer FROM delivery"
        " JOIN object ON object.id = delivery.event ORDER BY delivery.seq"
    )
    return [dict(row) for row in rows]
