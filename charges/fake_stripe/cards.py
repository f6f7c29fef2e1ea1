"""Stripe's documented test cards: which is declined how, and which needs its owner to authenticate.

Source: docs.stripe.com/testing. On disk a card is known by its payment method's name, never by its number.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """Why a bank says no. decline_code: as Stripe really sends it, also where its table says "n/a"."""

    code: str
    decline_code: str
    message: str


_NO = "Your card was declined."
GENERIC = Decline("card_declined", "generic_decline", _NO)
INSUFFICIENT_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", _NO)
STOLEN = Decline("card_declined", "stolen_card", _NO)
FRAUDULENT = Decline("card_declined", "fraudulent", _NO)
VELOCITY = Decline(
    "card_declined",
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
INCORRECT_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
INCORRECT_NUMBER = Decline("incorrect_number", "incorrect_number", "Your card number is incorrect.")
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid "
    "test cards, visit: https://stripe.com/docs/testing.",
)
DECLINES = {
    decline.decline_code: decline
    for decline in (
        GENERIC, INSUFFICIENT_FUNDS, LOST, STOLEN, FRAUDULENT, VELOCITY, EXPIRED, INCORRECT_CVC,
        INCORRECT_NUMBER, PROCESSING, AUTHENTICATION_REQUIRED,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """One test card. method: the payment method that stands for it, wherever one is expected.

    at_attach, at_charge: the decline when it is given to a customer, and when it is charged.
    authentication: "no"; "set_up" (until it was set up for later); "on_session" (was set up elsewhere);
    "always" (can never be charged while its owner is away).
    """

    method: str
    number: str
    says: str
    brand: str = "visa"
    funding: str = "credit"
    at_attach: Decline | None = None
    at_charge: Decline | None = None
    authentication: str = "no"

    def needs_authentication(self, *, is_set_up: bool, is_off_session: bool) -> bool:
        if self.authentication == "set_up":
            return not is_set_up
        if self.authentication == "on_session":
            return not is_off_session
        return self.authentication == "always"


def _refused(method: str, number: str, decline: Decline) -> Card:
    """A card that cannot even be attached."""
    says = f"cannot be added: {decline.decline_code}"
    return Card(method, number, says, at_attach=decline, at_charge=decline)


_CARDS = (
    Card("pm_card_visa", "4242424242424242", "works"),
    Card("pm_card_visa_debit", "4000056655665556", "works", funding="debit"),
    Card("pm_card_mastercard", "5555555555554444", "works", brand="mastercard"),
    Card("pm_card_mastercard_debit", "5200828282828210", "works", brand="mastercard", funding="debit"),
    Card("pm_card_mastercard_prepaid", "5105105105105100", "works", brand="mastercard", funding="prepaid"),
    Card("pm_card_amex", "378282246310005", "works", brand="amex"),
    Card("pm_card_discover", "6011111111111117", "works", brand="discover"),
    Card("pm_card_diners", "3056930009020004", "works", brand="diners"),
    Card("pm_card_jcb", "3566002020360505", "works", brand="jcb"),
    Card("pm_card_unionpay", "6200000000000005", "works", brand="unionpay"),
    Card(
        "pm_card_chargeCustomerFail",
        "4000000000000341",
        "can be added, then every charge is declined",
        at_charge=GENERIC,
    ),
    Card(  # ours: Stripe has no card that was good when it was added
        "pm_card_expires",
        "4000000000000705",
        "can be added, then every charge finds it expired",
        at_charge=EXPIRED,
    ),
    _refused("pm_card_visa_chargeDeclined", "4000000000000002", GENERIC),
    _refused("pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995", INSUFFICIENT_FUNDS),
    _refused("pm_card_visa_chargeDeclinedLostCard", "4000000000009987", LOST),
    _refused("pm_card_visa_chargeDeclinedStolenCard", "4000000000009979", STOLEN),
    _refused("pm_card_chargeDeclinedExpiredCard", "4000000000000069", EXPIRED),
    _refused("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", INCORRECT_CVC),
    _refused("pm_card_chargeDeclinedProcessingError", "4000000000000119", PROCESSING),
    _refused("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", VELOCITY),
    Card(
        "pm_card_radarBlock",
        "4100000000000019",
        "can be added, then every charge is blocked as fraudulent",
        at_charge=FRAUDULENT,
    ),
    Card(
        "pm_card_authenticationRequiredOnSetup",
        "4000002500003155",
        "asks its owner once, when it is added",
        authentication="set_up",
    ),
    Card(
        "pm_card_authenticationRequired",
        "4000002760003184",
        "asks its owner every time: charges without them are declined",
        authentication="always",
    ),
    Card(
        "pm_card_authenticationRequiredSetupForOffSession",
        "4000003800000446",
        "asks its owner whenever they are there",
        authentication="on_session",
    ),
    Card(
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "4000008260003178",
        "asks its owner every time, then has insufficient funds",
        at_charge=INSUFFICIENT_FUNDS,
        authentication="always",
    ),
)
CARDS = {card.method: card for card in _CARDS}
_BY_NUMBER = {card.number: card for card in _CARDS}
# Spelled with and without "visa" in different years of the documents.
_OTHER_SPELLINGS = {
    name: card
    for card in _CARDS
    if "chargeDeclined" in card.method or "chargeCustomer" in card.method
    for name in (
        card.method.replace("pm_card_visa_", "pm_card_"),
        card.method.replace("pm_card_c", "pm_card_visa_c"),
    )
}


def card_of_method(name: str) -> Card | None:
    """Find a card by its payment method's name (pm_card_visa)."""
    return CARDS.get(name) or _OTHER_SPELLINGS.get(name)


def card_of_token(token: str) -> Card | None:
    """Find a card by its token's name (tok_visa)."""
    return card_of_method("pm_card_" + token.removeprefix("tok_")) if token.startswith("tok_") else None


def card_of_number(number: str) -> Card | Decline:
    """Find a card by its number, or say why there is none."""
    digits = number.replace(" ", "")
    if digits in _BY_NUMBER:
        return _BY_NUMBER[digits]
    return NOT_A_TEST_CARD if _adds_up(digits) else INCORRECT_NUMBER


def _adds_up(digits: str) -> bool:
    """Luhn's check of a card number."""
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0
