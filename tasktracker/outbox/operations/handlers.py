"""The registry of handlers: who sends each kind of delivery.

The app that owns a kind registers its handler when it starts; the handlers themselves live there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tasktracker.outbox.models import Delivery
from tasktracker.outbox.rules.outcomes import Outcome


class Handler(Protocol):
    """How one kind of delivery is sent.

    concurrency_per_endpoint: how many sends to one endpoint may be under way at once, in all workers.
    """

    concurrency_per_endpoint: int

    def load(self, deliveries: Sequence[Delivery]) -> Mapping[UUID, object | None]:
        """Fetch what sending needs, by delivery id, in one query for the whole batch.

        None, or no entry: the endpoint is gone or switched off, and the delivery is cancelled.
        """

    def send(self, delivery: Delivery, context: object) -> Outcome:
        """Send it, in at most 10 seconds. Runs in a thread: the network only, never the database."""

    def settled(self, delivery: Delivery, context: object, outcome: Outcome, at: datetime) -> None:
        """Do what follows for the endpoint (switch it off), in the transaction that records the outcome."""


class UnknownKind(LookupError):
    """No app has registered this kind of delivery."""


_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Let `handler` send every delivery of `kind`. Called once per kind, from an app's ready()."""
    _handlers[kind] = handler


def handler_for(kind: str) -> Handler:
    """Return the handler of a kind. Raises UnknownKind."""
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def places_per_endpoint() -> dict[str, int]:
    """List how many sends at once each registered kind allows to one endpoint."""
    return {kind: handler.concurrency_per_endpoint for kind, handler in _handlers.items()}
