"""What can only be looked at: charges, events, and the balance that the book adds up to."""

from charges.fake_stripe.call import Call
from charges.fake_stripe.errors import Json, wrong_parameter
from charges.fake_stripe.forms import EXPAND, LIST, list_of, read, text
from charges.fake_stripe.lists import Filters, page

_MOST_TYPES = 20


def retrieve_charge(call: Call, id_: str) -> Json:
    read(call.params, EXPAND)
    return call.find("charge", id_)


def list_charges(call: Call) -> Json:
    asked = read(call.params, {**LIST, "customer": text(), "payment_intent": text()})
    filters: Filters = {name: asked[name] for name in ("customer", "payment_intent") if name in asked}
    return page(call, "charge", "/v1/charges", asked, filters)


def retrieve_event(call: Call, id_: str) -> Json:
    read(call.params, EXPAND)
    return call.find("event", id_)


def list_events(call: Call) -> Json:
    asked = read(call.params, {**LIST, "type": text(), "types": list_of(text())})
    if "type" in asked and "types" in asked:
        raise wrong_parameter("You may only specify one of these parameters: type, types.", param="type")
    if len(asked.get("types", [])) > _MOST_TYPES:
        raise wrong_parameter(f"You may only specify up to {_MOST_TYPES} types.", param="types")
    wanted = asked.get("type") or asked.get("types")
    filters: Filters = {"type": wanted} if wanted else {}
    return page(call, "event", "/v1/events", asked, filters)


def balance(call: Call) -> Json:
    """What was captured and not refunded, all of it available at once."""
    read(call.params, EXPAND)
    rows = call.store.rows(
        "SELECT currency, SUM(CASE kind WHEN 'captured' THEN cents WHEN 'refunded' THEN -cents ELSE 0 END)"
        " AS cents FROM movement GROUP BY currency ORDER BY currency"
    )
    sums = {row["currency"]: row["cents"] for row in rows} or {"usd": 0}
    return {
        "object": "balance",
        "available": [
            {"amount": cents, "currency": currency, "source_types": {"card": cents}}
            for currency, cents in sums.items()
        ],
        "livemode": False,
        "pending": [{"amount": 0, "currency": currency, "source_types": {"card": 0}} for currency in sums],
        "refund_and_dispute_prefunding": {
            "available": [{"amount": 0, "currency": currency} for currency in sums],
            "pending": [{"amount": 0, "currency": currency} for currency in sums],
        },
    }


ROUTES = (
    ("GET", "/v1/charges", list_charges),
    ("GET", "/v1/charges/{id}", retrieve_charge),
    ("GET", "/v1/events", list_events),
    ("GET", "/v1/events/{id}", retrieve_event),
    ("GET", "/v1/balance", balance),
)
