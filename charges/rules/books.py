"""Whether the processor's book and ours can both be right about one charge. Values in, a sentence out."""

from typing import Final

from charges.rules.answers import Intent
from charges.rules.states import OPEN, ChargeStatus

MONEY: Final = frozenset({"succeeded", "requires_capture", "processing"})
OVER: Final = frozenset({"succeeded", "canceled"})


def difference(*, status: str, cents: int, intent: Intent) -> str | None:
    """Say what differs between a charge and its own intent; None when nothing does, or a worker is to see."""
    if intent.cents != cents:
        return f"{intent.cents} cents there"
    if status in OPEN:
        return None
    if status == ChargeStatus.CAPTURED:
        return _of_captured(intent)
    if status == ChargeStatus.REFUNDED:
        return None if is_back(intent) else "not refunded there"
    return f"{status} here, {intent.status} there" if intent.status in MONEY else None


def difference_of_other(*, round_: int, intent: Intent) -> str | None:
    """Say whether an intent that was made for a charge, and is not its own, is more than harmless."""
    if intent.status in MONEY and intent.round >= round_:
        return "money moves on an intent that is not the charge's own"
    return None


def is_back(intent: Intent) -> bool:
    """Say whether all that was taken has been given back."""
    return intent.status == "succeeded" and intent.refunded_cents >= intent.cents


def _of_captured(intent: Intent) -> str | None:
    if intent.status != "succeeded":
        return f"captured here, {intent.status} there"
    if 0 < intent.refunded_cents < intent.cents:
        return f"{intent.refunded_cents} cents refunded there"
    return None
