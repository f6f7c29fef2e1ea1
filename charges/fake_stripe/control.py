"""What tests and people ask this program itself, under /_: the book, the faults, the clock, the deliveries.

Nothing here exists at Stripe.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from charges.fake_stripe import clock, deliveries
from charges.fake_stripe.errors import Json
from charges.fake_stripe.faults import Faults, WrongPlan, fired_by_kind
from charges.fake_stripe.http_words import Answer, Request, as_json
from charges.fake_stripe.store import Store


class WrongWebhook(ValueError):
    """The wanted webhook endpoint cannot be understood; the message says why."""


class Control:
    """Answers calls of /_book, /_faults, /_clock, /_events, /_webhook and /_reset."""

    def __init__(self, store: Store, faults: Faults, address: str, webhook: Json) -> None:
        self._store = store
        self._faults = faults
        self._address = address
        self._first_webhook = webhook
        self._answers: dict[tuple[str, str], Callable[[Any], Json]] = {
            ("GET", "/_book"): lambda _: book(store),
            ("GET", "/_faults"): lambda _: faults.overview(),
            ("POST", "/_faults"): self._plan,
            ("GET", "/_clock"): lambda _: clock.show(store),
            ("POST", "/_clock"): lambda wanted: clock.move(store, wanted, address),
            ("GET", "/_events"): lambda _: {"deliveries": deliveries.overview(store)},
            ("POST", "/_webhook"): self._webhook,
            ("POST", "/_reset"): self._reset,
        }

    def answer(self, request: Request) -> Answer:
        """Answer a call: 404 for what is not there, 400 with the reason for what cannot be understood."""
        act = self._answers.get((request.method, request.path))
        if act is None:
            return as_json({"error": f"There is no {request.method} {request.path} here."}, 404)
        try:
            return as_json(act(json.loads(request.body or "{}")))
        except json.JSONDecodeError:
            return as_json({"error": "The body is not JSON."}, 400)
        except (WrongPlan, clock.WrongTime, WrongWebhook) as wrong:
            return as_json({"error": str(wrong)}, 400)

    def _plan(self, wanted: Any) -> Json:
        self._faults.replace(wanted)
        return self._faults.overview()

    def _webhook(self, wanted: Any) -> Json:
        if not isinstance(wanted, dict) or set(wanted) != {"url", "secret"}:
            raise WrongWebhook("give url and secret")
        parts = urlsplit(str(wanted["url"]))
        if wanted["url"] and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise WrongWebhook("url: an http or https address, or nothing")
        self._store.set_setting(deliveries.WEBHOOK, {name: str(wanted[name]) for name in ("url", "secret")})
        return {"url": wanted["url"]}

    def _reset(self, _: Any) -> Json:
        with self._store.transaction():
            self._store.forget()
            self._store.set_setting(deliveries.WEBHOOK, self._first_webhook)
        return {}


def book(store: Store) -> Json:
    """Every movement of money, oldest first, what they add up to, and which faults fired meanwhile."""
    with store.transaction():
        rows = store.rows("SELECT * FROM movement ORDER BY seq")
        fired = fired_by_kind(store)
    movements = [{**dict(row), "metadata": json.loads(row["metadata"])} for row in rows]
    totals = dict.fromkeys(("authorised", "captured", "released", "refunded"), 0)
    for movement in movements:
        totals[movement["kind"]] += movement["cents"]
    held = totals["authorised"] - totals["captured"] - totals["released"]
    return {"movements": movements, "totals": {**totals, "held": held}, "faults": fired}
