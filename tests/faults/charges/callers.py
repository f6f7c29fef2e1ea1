"""The clients of the experiment: each asks again until it is answered, with the same request id.

What they are told is kept in the Tally, and must be what our rows say in the end.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.charges.house import Answer, House

STAKES_SHARE: Final = 4  # one in so many is a stake, the others are direct charges
PATIENCE_SECONDS: Final = 240
_PAUSE_SECONDS: Final = 0.3
_SETTLED: Final = frozenset({200, 201, 204, 402, 403, 404, 409})


@dataclass
class Tally:
    """What the callers were told.

    answers: of each request id, every distinct one. paid, declined: the request ids that were told so.
    """

    tried: int = 0
    answers: dict[str, set[str]] = field(default_factory=dict)
    paid: dict[str, str] = field(default_factory=dict)  # request id: id of the charge
    declined: set[str] = field(default_factory=set)
    given_up: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


class Callers:
    """Calls the house for accounts with these keys."""

    def __init__(self, house: House, keys: Sequence[str]) -> None:
        self.tally = Tally()
        self._house, self._keys = house, keys
        self._lock = threading.Lock()

    def one(self, number: int, keys: Sequence[str] | None = None) -> None:
        """Make one charge, and go on until it is known what became of it."""
        chosen = keys or self._keys
        key = chosen[number % len(chosen)]
        with self._lock:
            self.tally.tried += 1
        if number % STAKES_SHARE:
            self._charge(f"r{number}", key, 100 + number % 900)
        else:
            self._stake(number, key, 100 + number % 900)

    def leave(self, key: str) -> None:
        """Close an account."""
        self._until_settled("DELETE", "/api2/me", key, None)

    def _charge(self, request_id: str, key: str, cents: int) -> None:
        """Charge, and ask once more when it is settled: the answer must be the same."""
        body = {"cents": cents, "note": f"number {request_id}", "requestid": request_id}
        for _ in range(2):
            said = self._until_settled("POST", "/api2/me/charges", key, body)
            with self._lock:
                self._note(request_id, said)

    def _note(self, request_id: str, said: Answer) -> None:
        if said.status in (200, 402):
            told = self.tally.answers.setdefault(request_id, set())
            told.add(f"{said.status} {json.dumps(said.body, sort_keys=True)}")
        if said.status == 200:
            self.tally.paid[request_id] = said.body["id"]
        if said.status == 402:
            self.tally.declined.add(request_id)

    def _stake(self, number: int, key: str, cents: int) -> None:
        """A task that is due in a moment; every third is given up on, some come back."""
        recurrence = {"recurrence": {"days": 1}} if number % 20 == 0 else {}
        body = {"task": f"stake {number}", "due": _soon(), "cents": cents, **recurrence}
        made = self._until_settled("POST", "/api2/me/tasks", key, body)
        if made.status == 201 and number % 3 == 0:
            self._until_settled("POST", f"/api2/me/tasks/{made.body['id']}/uncle", key, None)

    def _until_settled(self, method: str, path: str, key: str, body: Any) -> Answer:
        """Ask again until there is an answer. A stake's deadline moves on with it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self._house.call(method, path, key, body)
            is_over = time.monotonic() > deadline
            with self._lock:
                self.tally.statuses[answer.status] += 1
                self.tally.given_up += is_over and answer.status not in _SETTLED
            if answer.status in _SETTLED or is_over:
                return answer
            time.sleep(_PAUSE_SECONDS)
            if body and "due" in body:
                body["due"] = _soon()


def _soon() -> int:
    return int(time.time()) + 3
