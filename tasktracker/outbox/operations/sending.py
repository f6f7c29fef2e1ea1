"""Sending: a few threads that make calls and nothing else. They never use the database.

What is sent, and what becomes of the answer, is the pump's business (drain.py).
"""

import logging
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from tasktracker.core.failpoints import failpoint
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.handlers import Handler
from tasktracker.outbox.rules.outcomes import Outcome

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """One delivery to send. start_by: the monotonic moment after which its lease is too short for a call."""

    delivery: Delivery
    handler: Handler
    context: object
    start_by: float


@dataclass(frozen=True, slots=True)
class Sent:
    """An order that came back. outcome: None when it was not sent. started: monotonic seconds."""

    order: Order
    outcome: Outcome | None
    started: float


class Senders:
    """Threads, started when there is something to send, that end with `close` or with the process."""

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Sent] = queue.SimpleQueue()
        self._threads = 0
        self._under_way = 0

    @property
    def under_way(self) -> int:
        """How many orders have not come back."""
        return self._under_way

    def send(self, orders: Iterable[Order]) -> None:
        """Hand orders to threads; each gets one of its own at once."""
        for order in orders:
            self._under_way += 1
            if self._under_way > self._threads:
                self._threads += 1
                # A daemon, so that a receiver that hangs cannot keep a process from ending.
                threading.Thread(target=self._work, name=f"sender-{self._threads}", daemon=True).start()
            self._orders.put(order)

    def answers(self, *, wait_seconds: float) -> list[Sent]:
        """Return what has come back, waiting for the first one for so long."""
        answers: list[Sent] = []
        try:
            answers.append(self._answers.get(timeout=wait_seconds))
            while True:
                answers.append(self._answers.get_nowait())
        except queue.Empty:
            self._under_way -= len(answers)
            return answers

    def close(self) -> None:
        """Let the threads end once their calls have."""
        for _ in range(self._threads):
            self._orders.put(None)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            self._answers.put(_send(order))


def _send(order: Order) -> Sent:
    started = time.monotonic()
    if started > order.start_by:  # this process was stopped for a while; someone else may have the row by now
        return Sent(order, None, started)
    try:
        outcome = order.handler.send(order.delivery, order.context)
        failpoint("outbox.after_send")
    except Exception:  # a handler's bug must cost its own delivery a try, not every delivery its worker
        log.exception("send.handler_failed", extra={"delivery": str(order.delivery.pk)})
        outcome = Outcome("retry", error="internal error")
    return Sent(order, outcome, started)
