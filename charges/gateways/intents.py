"""Payment intents at the processor: found, made, confirmed, captured, cancelled, read again, refunded.

One call each, at most; what follows from the answer is decided in rules/steps.py.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from charges.gateways.stripe_client import ask
from charges.rules.answers import Decline, Declined, Intent, Refunded, Unknown

_CHARGE: Final = "charge_id"
_ROUND: Final = "round"
_EXPANDED: Final = ["latest_charge"]
_PAGE: Final = 100
_SLACK: Final = timedelta(hours=2)  # between our clocks and the processor's


def create_intent(
    *,
    charge_id: UUID,
    round_: int,
    cents: int,
    currency: str,
    customer_id: str,
    description: str,
    is_hold: bool,
    key: str,
) -> Intent | Declined | Unknown:
    """Make an intent, which moves nothing until it is confirmed.

    is_hold: it will be captured in a step of its own.
    """
    params = {
        "amount": cents,
        "currency": currency,
        "customer": customer_id,
        "description": description,
        "capture_method": "manual" if is_hold else "automatic",
        "payment_method_types": ["card"],
        "metadata": {_CHARGE: str(charge_id), _ROUND: str(round_)},
        "expand": _EXPANDED,
    }
    return ask(lambda v1: v1.payment_intents.create(params, _options(key)), _intent)


def find_intent(
    *, charge_id: UUID, round_: int, customer_id: str, since: datetime
) -> Intent | Unknown | None:
    """Find an intent that was made for this round of a charge and not saved; None when there is none."""
    found = list_intents(since=since, customer_id=customer_id)
    if isinstance(found, Unknown):
        return found
    ours = [intent for intent in found if (intent.charge_id, intent.round) == (str(charge_id), round_)]
    return min(ours, key=lambda intent: intent.created_at, default=None)


def list_intents(*, since: datetime, customer_id: str | None = None) -> list[Intent] | Unknown:
    """List the intents made since a moment, page by page; Unknown when any page is."""
    found: list[Intent] = []
    params: dict[str, Any] = {
        "created": {"gte": int((since - _SLACK).timestamp())},
        "limit": _PAGE,
        "expand": [f"data.{name}" for name in _EXPANDED],
    }
    if customer_id:
        params["customer"] = customer_id
    while True:
        page = ask(lambda v1: v1.payment_intents.list(params), _page)
        if not isinstance(page, tuple):
            return Unknown("declined") if isinstance(page, Declined) else page
        found += page[0]
        if not page[1]:
            return found
        params["starting_after"] = found[-1].id


def read_intent(intent_id: str) -> Intent | Unknown:
    """Read an intent as it is now."""
    return _clear(ask(lambda v1: v1.payment_intents.retrieve(intent_id, {"expand": _EXPANDED}), _intent))


def confirm_intent(intent_id: str, *, payment_method_id: str, key: str) -> Intent | Declined | Unknown:
    """Charge or hold, while the card's owner is away."""
    params = {"payment_method": payment_method_id, "off_session": True, "expand": _EXPANDED}
    return ask(lambda v1: v1.payment_intents.confirm(intent_id, params, _options(key)), _intent)


def capture_intent(intent_id: str, *, key: str) -> Intent | Declined | Unknown:
    """Take the money that is held."""
    params = {"expand": _EXPANDED}
    return ask(lambda v1: v1.payment_intents.capture(intent_id, params, _options(key)), _intent)


def cancel_intent(intent_id: str, *, key: str) -> Intent | Unknown:
    """End an intent that has taken no money; a hold is let go of."""
    params = {"expand": _EXPANDED}
    return _clear(ask(lambda v1: v1.payment_intents.cancel(intent_id, params, _options(key)), _intent))


def refund_intent(intent_id: str, *, charge_id: UUID, key: str) -> Refunded | Unknown:
    """Give all of it back."""
    params = {"payment_intent": intent_id, "metadata": {_CHARGE: str(charge_id)}}
    answer = ask(lambda v1: v1.refunds.create(params, _options(key)), lambda body: Refunded(str(body["id"])))
    return Unknown("declined") if isinstance(answer, Declined) else answer


def _options(key: str) -> dict[str, Any]:
    return {"idempotency_key": key}


def _clear(answer: Intent | Declined | Unknown) -> Intent | Unknown:
    """Nothing but a confirmation or a capture is declined by a bank."""
    return Unknown("declined") if isinstance(answer, Declined) else answer


def _page(body: Mapping[str, Any]) -> tuple[list[Intent], bool]:
    return list(_intents(body["data"])), bool(body["has_more"])


def _intents(bodies: list[Mapping[str, Any]]) -> Iterator[Intent]:
    for body in bodies:
        yield _intent(body)


def _intent(body: Mapping[str, Any]) -> Intent:
    metadata = body.get("metadata") or {}
    charge = body.get("latest_charge")
    charge = cast("Mapping[str, Any]", charge if isinstance(charge, Mapping) else {"id": charge or ""})
    error = body.get("last_payment_error") or {}
    return Intent(
        id=str(body["id"]),
        status=str(body["status"]),
        cents=int(body["amount"]),
        received_cents=int(body.get("amount_received") or 0),
        refunded_cents=int(charge.get("amount_refunded") or 0),
        customer_id=str(body.get("customer") or ""),
        charge_id=str(metadata.get(_CHARGE, "")),
        round=_whole(metadata.get(_ROUND, "")),
        created_at=datetime.fromtimestamp(int(body["created"]), UTC),
        capture_before=_capture_before(charge),
        failure=_failure(error),
        failure_id=str(error.get("charge") or "") if error else "",
    )


def _failure(error: Mapping[str, Any]) -> Decline | None:
    if not error:
        return None
    code = error.get("decline_code") or error.get("code") or "declined"
    return Decline(str(code)[:64], str(error.get("message") or "Your card was declined.")[:300])


def _capture_before(charge: Mapping[str, Any]) -> datetime | None:
    card = ((charge.get("payment_method_details") or {}).get("card")) or {}
    moment = card.get("capture_before")
    return datetime.fromtimestamp(int(moment), UTC) if moment else None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
