"""Signs of life: a worker says that it works, at most every five seconds."""

import time

from tasktracker.core.clock import DatabaseNow
from tasktracker.outbox.models import Heartbeat

BEAT_SECONDS = 5.0


class Pulse:
    """Writes one heartbeat row, however often it is asked to."""

    def __init__(self, name: str = "worker") -> None:
        self._name = name
        self._next_beat = 0.0

    def beat(self) -> None:
        """Write the row, unless that was done less than five seconds ago."""
        now = time.monotonic()
        if now < self._next_beat:
            return
        beat = Heartbeat(name=self._name, seen_at=DatabaseNow())
        Heartbeat.objects.bulk_create(
            [beat], update_conflicts=True, unique_fields=["name"], update_fields=["seen_at"]
        )
        self._next_beat = now + BEAT_SECONDS
