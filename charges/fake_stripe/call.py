"""One call of the API: what every endpoint is given, and the three things it may do besides answering.

Find an object, tell an event, write a movement of money into the book.
"""

import json
from dataclasses import dataclass
from typing import Any

from charges.fake_stripe import deliveries
from charges.fake_stripe.cards import Decline
from charges.fake_stripe.errors import Json, no_such
from charges.fake_stripe.ids import new_id
from charges.fake_stripe.store import Store

API_VERSION = "2026-10-28.endive"  # that of stripe-python 16.1, whose words these are
_NOUNS = {"payment_method": "PaymentMethod", "setup_intent": "setupintent"}
_ASKED_AS = {"payment_intent": "intent", "setup_intent": "intent"}


@dataclass
class Call:
    """now: seconds by the program's own clock. decline: what a fault wants the bank to say."""

    store: Store
    params: Json
    now: int
    address: str
    request_id: str | None
    idempotency_key: str | None = None
    decline: Decline | None = None

    def find(self, kind: str, id_: str, *, param: str | None = None) -> Json:
        """Find an object by id, named in the address or, with `param`, in a parameter. Raises ApiError."""
        thing = self.store.find(kind, id_)
        noun = _NOUNS.get(kind, kind)
        if thing is None and param:
            raise no_such(noun, id_, param=param, status=400)
        if thing is None:
            raise no_such(noun, id_, param=_ASKED_AS.get(kind, "id"))
        return thing

    def find_customer(self, id_: str, *, param: str | None = None) -> Json:
        """Find a customer who was not deleted."""
        customer = self.find("customer", id_, param=param)
        if customer.get("deleted"):
            raise no_such("customer", id_, param=param or "id", status=400 if param else 404)
        return customer

    def emit(self, kind: str, thing: Json) -> None:
        """Tell that something happened, with the object as it is now."""
        event: Json = {
            "id": new_id("evt_1"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": {"object": public(thing)},
            "livemode": False,
            "pending_webhooks": deliveries.receivers(self.store),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": kind,
        }
        self.store.save(event)
        deliveries.enqueue(self.store, event["id"])

    def book(self, kind: str, charge: Json, cents: int) -> None:
        """Write down that money moved: authorised, captured, released or refunded."""
        self.store.run(
            "INSERT INTO movement (at, kind, payment_intent, charge, customer, cents, currency, metadata)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            self.now,
            kind,
            charge["payment_intent"],
            charge["id"],
            charge["customer"],
            cents,
            charge["currency"],
            json.dumps(charge["metadata"]),
        )


def public(value: Any) -> Any:
    """What callers see: objects without what this program keeps in them for itself ("_card")."""
    if isinstance(value, list):
        return [public(part) for part in value]
    if not isinstance(value, dict):
        return value
    is_object = "object" in value
    return {
        name: part if name == "metadata" else public(part)
        for name, part in value.items()
        if not (is_object and name.startswith("_"))
    }
