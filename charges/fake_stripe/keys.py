"""Idempotency keys: the first answer again for the same call, a no for another one, a conflict for a twin.

How long a key is remembered is set by POST /_faults (key_life_seconds); with 0 it is forgotten at once.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from charges.fake_stripe import faults
from charges.fake_stripe.errors import Json, key_in_use, key_of_other_endpoint, key_of_other_parameters
from charges.fake_stripe.http_words import Answer
from charges.fake_stripe.store import Store


class Keys:
    """Every key of the account."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._in_progress: set[str] = set()

    @contextmanager
    def held(self, key: str | None) -> Iterator[None]:
        """Hold a key while its call is worked on. Raises ApiError when a twin holds it."""
        if key is None:
            yield
            return
        with self._turn:
            if key in self._in_progress:
                raise key_in_use(key)
            self._in_progress.add(key)
        try:
            yield
        finally:
            with self._turn:
                self._in_progress.discard(key)

    def replay(self, key: str | None, endpoint: str, params: Json, now: float) -> Answer | None:
        """The stored answer of a key. Raises ApiError when it was first used for something else."""
        if key is None:
            return None
        self._store.run("DELETE FROM idempotency WHERE key = ? AND kept_until <= ?", key, now)
        found = self._store.rows("SELECT * FROM idempotency WHERE key = ?", key)
        if not found:
            return None
        (first,) = found
        if first["endpoint"] != endpoint:
            raise key_of_other_endpoint(key, first["endpoint"], endpoint)
        if first["digest"] != _digest(params):
            raise key_of_other_parameters(key)
        headers = (
            ("Content-Type", "application/json"),
            ("Idempotent-Replayed", "true"),
            ("Original-Request", first["request"]),
            *((("Stripe-Should-Retry", "false"),) if first["status"] >= 500 else ()),
        )
        return Answer(first["status"], first["body"], headers)

    def remember(
        self, key: str, endpoint: str, params: Json, now: float, request_id: str, answer: Answer
    ) -> None:
        """Store an answer under its key, in the transaction that made it."""
        life = self._store.setting(faults.KEY_LIFE, faults.DEFAULT_KEY_LIFE_SECONDS)
        if life:
            self._store.run(
                "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)",
                key,
                now + life,
                endpoint,
                _digest(params),
                request_id,
                answer.status,
                answer.body,
            )


def _digest(params: Json) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
