"""The card on file, as charging and its owner need to know it."""

from dataclasses import dataclass

from charges.models import CardCustomer


@dataclass(frozen=True, slots=True)
class CardOnFile:
    """What is charged. All of it are the processor's own names."""

    customer_id: str
    payment_method_id: str


def card_on_file(user_id: int) -> CardOnFile | None:
    """Find the card of an account; None when it has none."""
    row = CardCustomer.objects.filter(pk=user_id).first()
    if row is None or not row.customer_id or not row.payment_method_id:
        return None
    return CardOnFile(row.customer_id, row.payment_method_id)
