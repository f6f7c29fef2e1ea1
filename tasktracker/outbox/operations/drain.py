"""Draining: a pump that keeps threads busy with what is due, and writes down what comes back.

It claims again whenever a place is free, so a receiver that hangs holds up nobody else. The network is never
touched inside a transaction.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from tasktracker.core import clock
from tasktracker.core.failpoints import failpoint
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.claim import Claimer, is_work_left
from tasktracker.outbox.operations.handlers import handler_for
from tasktracker.outbox.operations.heartbeats import Pulse
from tasktracker.outbox.operations.sending import Order, Senders, Sent
from tasktracker.outbox.operations.settle import AWAY, Settlement, release, settle
from tasktracker.outbox.rules.outcomes import Outcome
from tasktracker.outbox.rules.retry import decide, is_abandoned
from tasktracker.outbox.rules.states import State

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2  # how long new work may go unnoticed while calls are under way
WAIT_FOR_OTHERS_SECONDS = 0.05
TURN_SECONDS = (
    8.0  # after which a turn claims no more; with the last calls it stays within a job's time limit
)
STOP_SECONDS = 5.0  # how long calls under way may go on once the process was asked to stop
CALL_SECONDS = 12.0  # one call, and time to write down what it brought

_jitter = random.Random()  # noqa: S311
_pulse = Pulse()
_claimer = Claimer()  # one for the process, so that turns go on from drain to drain
_stopping = threading.Event()


@dataclass(frozen=True, slots=True)
class DrainCounts:
    """What became of the deliveries of one drain.

    retried: will be tried again.  stale: answers that came when another worker had the row.
    """

    delivered: int = 0
    retried: int = 0
    failed: int = 0
    cancelled: int = 0
    stale: int = 0


def drain(*, as_of: datetime | None = None, until_idle: bool = True) -> DrainCounts:
    """Send what is due, and settle it.

    as_of: also what falls due by then, later tries within that time included: the moment a sweep was told.
    until_idle: go on until nothing is due, also while another worker holds it; else for a turn of 8 s at
    most, and only as long as there is something to claim.
    Raises OperationalError or InterfaceError when the database is away and nothing is under way.
    """
    pump = _Pump(as_of=as_of, until_idle=until_idle)
    try:
        return pump.run()
    finally:
        pump.close()


def request_stop() -> None:
    """Let every drain of this process, now and later, claim no more and end within seconds (SIGTERM)."""
    _stopping.set()


class _Pump:
    def __init__(self, *, as_of: datetime | None, until_idle: bool) -> None:
        self._as_of = as_of
        self._until_idle = until_idle
        self._claimer = Claimer(as_of=as_of) if as_of else _claimer
        self._senders = Senders()
        self._claimed: Sequence[Delivery] = ()
        self._start_by = 0.0
        self._orders: dict[tuple[object, int], Order] = {}
        self._unsettled: list[Sent] = []
        self._counts: Counter[str] = Counter()
        self._turn_ends = time.monotonic() + TURN_SECONDS
        self._stop_by: float | None = None

    def run(self) -> DrainCounts:
        while True:
            try:
                is_at_work = self._work()
            except AWAY:
                if not self._orders and not self._claimed:
                    raise
                self._wait_for_database()
                continue
            if not is_at_work:
                return DrainCounts(**self._counts)

    def close(self) -> None:
        self._senders.close()

    def _work(self) -> bool:
        """Do one round; say whether another one is needed."""
        _pulse.beat()
        self._claim()
        is_at_work = bool(self._claimed)
        self._begin()
        if not self._orders:
            return is_at_work or self._waits_for_others()
        self._unsettled += self._senders.answers(wait_seconds=LOOK_SECONDS if self._senders.under_way else 0)
        self._settle(self._unsettled)
        self._unsettled.clear()
        return self._may_go_on()

    def _claim(self) -> None:
        free = settings.TASKTRACKER_DELIVERY_THREADS - len(self._orders)
        is_over = not self._until_idle and time.monotonic() > self._turn_ends
        if self._claimed or free <= 0 or is_over or _stopping.is_set():
            return
        lease = settings.TASKTRACKER_LEASE_SECONDS
        self._start_by = time.monotonic() + lease - min(CALL_SECONDS, lease / 2)
        self._claimed = self._claimer.claim(free)
        if self._claimed:
            failpoint("outbox.after_claim")

    def _begin(self) -> None:
        """Hand what was claimed to the senders, and finish at once what must not be sent."""
        if not self._claimed:
            return
        now = clock.now()
        orders: list[Order] = []
        unsent: list[Settlement] = []
        for delivery, context in _with_contexts(self._claimed):
            if context is None or isinstance(context, _NotLoaded) or _is_abandoned(delivery):
                unsent.append(self._unsent(delivery, context, now))
            else:
                orders.append(Order(delivery, handler_for(delivery.kind), context, self._start_by))
        self._record(unsent, now)
        self._orders |= {(order.delivery.pk, order.delivery.fence): order for order in orders}
        self._senders.send(orders)
        self._claimed = ()

    def _settle(self, answers: Sequence[Sent]) -> None:
        if not answers:
            return
        now = clock.now()
        release([each.order.delivery for each in answers if not each.outcome], was_sent=False)
        self._record([self._settlement(each, each.outcome, now) for each in answers if each.outcome], now)
        for each in answers:
            self._orders.pop((each.order.delivery.pk, each.order.delivery.fence))

    def _settlement(self, sent: Sent, outcome: Outcome, now: datetime) -> Settlement:
        delivery = sent.order.delivery
        started_at = now - timedelta(seconds=time.monotonic() - sent.started)
        state, due_at = self._next(delivery, outcome, now)
        return Settlement(delivery, state, due_at, sent.order.context, outcome, started_at)

    def _unsent(self, delivery: Delivery, context: object, now: datetime) -> Settlement:
        if context is None:
            return Settlement(
                delivery, "cancelled", delivery.due_at, error="endpoint is gone or switched off"
            )
        if _is_abandoned(delivery):
            return Settlement(delivery, "failed", delivery.due_at, error="abandoned: no worker survived it")
        state, due_at = self._next(delivery, Outcome("retry"), now)
        return Settlement(delivery, state, due_at, error="internal error")

    def _next(self, delivery: Delivery, outcome: Outcome, now: datetime) -> tuple[State, datetime]:
        delays = settings.TASKTRACKER_DELIVERY_DELAYS_SECONDS
        jitter = _jitter.uniform(-1, 1)
        verdict = decide(outcome, tries=delivery.tries, delays_seconds=delays, jitter=jitter)
        if verdict.state != "pending":
            return verdict.state, delivery.due_at
        # Under a told moment tries follow each other as they would have by then.
        tried_at = max(delivery.due_at, now) if self._as_of else now
        return verdict.state, tried_at + timedelta(seconds=verdict.delay_seconds)

    def _record(self, settlements: Sequence[Settlement], now: datetime) -> None:
        settled = settle(settlements, at=self._as_of or now)
        for each in settlements:
            state = "retried" if each.state == "pending" else each.state
            word = state if each.delivery.pk in settled else "stale"
            self._counts[word] += 1
            if word != "delivered":
                _tell(word, each)

    def _may_go_on(self) -> bool:
        """Say yes, unless the process shall stop and calls have had their time: then give leases back."""
        if not _stopping.is_set():
            return True
        self._stop_by = self._stop_by or time.monotonic() + STOP_SECONDS
        if self._orders and time.monotonic() < self._stop_by:
            return True
        release([order.delivery for order in self._orders.values()], was_sent=True)
        return False

    def _waits_for_others(self) -> bool:
        if not self._until_idle or not is_work_left(as_of=self._as_of):
            return False
        return not _stopping.wait(WAIT_FOR_OTHERS_SECONDS)

    def _wait_for_database(self) -> None:
        """Keep what is in hand while the database is away; a lease that runs out meanwhile does no harm."""
        log.warning("database.away", extra={"under_way": len(self._orders)})
        connection.close()
        time.sleep(LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class _NotLoaded:
    """The context of a delivery whose handler failed to load it."""


def _with_contexts(claimed: Sequence[Delivery]) -> Iterable[tuple[Delivery, object | None]]:
    """Load what sending needs, in one query for each kind."""
    for kind in sorted({delivery.kind for delivery in claimed}):
        batch = [delivery for delivery in claimed if delivery.kind == kind]
        contexts = _load(kind, batch)
        yield from ((delivery, contexts.get(delivery.pk)) for delivery in batch)


def _load(kind: str, batch: Sequence[Delivery]) -> Mapping[UUID, object | None]:
    try:
        return handler_for(kind).load(batch)
    except AWAY:
        raise
    except Exception:  # a handler's bug must cost its own deliveries a try, and nobody else's
        log.exception("load.handler_failed", extra={"kind": kind})
        return {delivery.pk: _NotLoaded() for delivery in batch}


def _tell(word: str, settlement: Settlement) -> None:
    """Leave a line about what did not go well, under the id of the request that caused it."""
    delivery, outcome = settlement.delivery, settlement.outcome
    told = {
        "delivery": str(delivery.pk),
        "kind": delivery.kind,
        "endpoint": delivery.endpoint,
        "tries": delivery.tries,
        "error": outcome.error if outcome else settlement.error,
    }
    log.info("delivery.%s", word, extra={**told, "request_id": delivery.request_id})


def _is_abandoned(delivery: Delivery) -> bool:
    return is_abandoned(tries=delivery.tries, delays_seconds=settings.TASKTRACKER_DELIVERY_DELAYS_SECONDS)
