"""How Stripe is reached: one client for each address and key, and which failures there are.

What is asked stands in intents.py, cards.py and events.py. Tries are counted in rows: the library has none.
"""

import json
import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

import stripe
from django.conf import settings

from charges.rules.answers import MISSING, Decline, Declined, Unknown

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

_ADDRESS_FILE: Final = "fake-stripe.json"  # written by the practice processor that `make run` starts
_CONNECT_SECONDS: Final = 3.0
_FOR_US: Final = (stripe.AuthenticationError, stripe.PermissionError)


class NotConfigured(Exception):
    """Neither a key is set nor does a practice processor run."""


def v1(*, seconds: float | None = None) -> Any:
    """Return the API of the processor. seconds: for one call; None as set. Raises NotConfigured."""
    address = _address()
    return _client(
        address["api_key"], address["api_base"], seconds or settings.TASKTRACKER_PROCESSOR_SECONDS
    ).v1


def is_configured() -> bool:
    """Say whether there is a processor to ask at all."""
    try:
        _address()
    except NotConfigured:
        return False
    return True


def webhook_secret() -> str:
    """Return the secret that the processor's events are signed with. Raises NotConfigured."""
    return _address()["webhook_secret"]


def ask(
    call: Callable[[Any], Mapping[str, Any]], read: Callable[[Mapping[str, Any]], Answer]
) -> Answer | Declined | Unknown:
    """Make one call and read its answer; Unknown for anything but a clear success or decline."""
    try:
        return read(call(v1()).to_dict())  # type: ignore[attr-defined]  # a StripeObject
    except NotConfigured:
        return Unknown("not configured")
    except stripe.CardError as refusal:
        return _declined(refusal)
    except stripe.InvalidRequestError as error:
        return _unusable(error) or _unknown(error)
    except stripe.StripeError as error:
        return _unknown(error)
    except (KeyError, TypeError, ValueError, AttributeError):  # a success that does not say what it must
        log.exception("processor.malformed_answer")
        return Unknown("malformed answer")


def _declined(refusal: stripe.CardError) -> Declined | Unknown:
    if refusal.http_status != 402:
        return Unknown(f"status {refusal.http_status}")
    body = (refusal.json_body or {}).get("error", {}) if isinstance(refusal.json_body, dict) else {}
    code = body.get("decline_code") or body.get("code") or "declined"
    message = body.get("message") or "Your card was declined."
    return Declined(Decline(str(code)[:64], str(message)[:300]), str(body.get("charge") or ""))


def _unusable(error: stripe.InvalidRequestError) -> Declined | None:
    """A card or customer that is gone is as clear a no as a bank's: nothing was charged."""
    if error.http_status in {400, 404} and error.param in {"payment_method", "customer"}:
        return Declined(Decline("card_unusable", "The card on file cannot be used any more."), "")
    return None


def _unknown(error: stripe.StripeError) -> Unknown:
    if isinstance(error, _FOR_US):
        log.error("processor.refuses_our_key", extra={"error": type(error).__name__})
    if error.http_status == 404:
        return MISSING
    word = error.code or (f"status {error.http_status}" if error.http_status else "no answer")
    return Unknown(f"{type(error).__name__}: {word}"[:100])


def _address() -> dict[str, str]:
    """Return base, key and webhook secret: the settings', else those of the practice processor."""
    if settings.STRIPE_API_KEY:
        return {
            "api_key": settings.STRIPE_API_KEY,
            "api_base": settings.STRIPE_API_BASE,
            "webhook_secret": settings.STRIPE_WEBHOOK_SECRET,
        }
    try:
        found: dict[str, str] = json.loads((Path(settings.TASKTRACKER_DATA) / _ADDRESS_FILE).read_text())
    except (OSError, ValueError):
        raise NotConfigured from None
    return found


@lru_cache(maxsize=8)
def _client(api_key: str, api_base: str, seconds: float) -> stripe.StripeClient:
    transport = stripe.RequestsClient(timeout=(min(_CONNECT_SECONDS, seconds), seconds))
    base: Any = {"api": api_base} if api_base else None
    return stripe.StripeClient(api_key, base_addresses=base, max_network_retries=0, http_client=transport)
