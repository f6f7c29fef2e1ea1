"""Test cards as payment methods: made, attached, listed, detached, or declined when they are added."""

from typing import Any

import pytest
import stripe

CANNOT_BE_ADDED = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", "Your card was declined."),
    ("pm_card_chargeDeclined", "card_declined", "generic_decline", "Your card was declined."),
    (
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", "Your card was declined."),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", "Your card was declined."),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "Your card has expired."),
    (
        "pm_card_chargeDeclinedIncorrectCvc",
        "incorrect_cvc",
        "incorrect_cvc",
        "Your card's security code is incorrect.",
    ),
    (
        "pm_card_chargeDeclinedProcessingError",
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    (
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "card_declined",
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    ),
]


@pytest.mark.parametrize(
    ("name", "brand", "funding", "last4"),
    [
        ("pm_card_visa", "visa", "credit", "4242"),
        ("pm_card_visa_debit", "visa", "debit", "5556"),
        ("pm_card_mastercard", "mastercard", "credit", "4444"),
        ("pm_card_mastercard_prepaid", "mastercard", "prepaid", "5100"),
        ("pm_card_amex", "amex", "credit", "0005"),
        ("pm_card_discover", "discover", "credit", "1117"),
        ("pm_card_jcb", "jcb", "credit", "0505"),
    ],
)
def test_working_cards_are_attached(
    client: Any, customer: Any, name: str, brand: str, funding: str, last4: str
) -> None:
    method = client.payment_methods.attach(name, {"customer": customer.id})

    assert method.id.startswith("pm_1")
    assert (method.customer, method.type) == (customer.id, "card")
    assert (method.card.brand, method.card.funding, method.card.last4) == (brand, funding, last4)


@pytest.mark.parametrize(("name", "code", "decline_code", "message"), CANNOT_BE_ADDED)
def test_refused_cards_are_not_attached(
    client: Any, customer: Any, name: str, code: str, decline_code: str, message: str
) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        client.payment_methods.attach(name, {"customer": customer.id})

    error = refusal.value
    assert (error.http_status, error.code, error.user_message) == (402, code, message)
    assert (error.error.type, error.error.decline_code) == ("card_error", decline_code)
    assert error.error.doc_url.endswith(code.replace("_", "-"))
    assert client.payment_methods.list({"customer": customer.id}).data == []


def test_token_and_number_stand_for_the_card(client: Any) -> None:
    by_token = client.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    by_number = client.payment_methods.create(
        {
            "type": "card",
            "card": {"number": "4242424242424242", "exp_month": 8, "exp_year": 2031, "cvc": "123"},
        }
    )

    assert by_token.card.last4 == by_number.card.last4 == "4242"
    assert by_token.card.fingerprint == by_number.card.fingerprint
    assert (by_number.card.exp_month, by_number.card.exp_year) == (8, 2031)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4242424242424241", "incorrect_number"),
        ("4111111111111111", "card_declined"),
        ("12", "incorrect_number"),
    ],
)
def test_other_numbers_are_refused(client: Any, number: str, code: str) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        client.payment_methods.create({"type": "card", "card": {"number": number}})

    assert refusal.value.code == code


def test_attached_card_stays_with_its_customer(client: Any, customer: Any, card: Any) -> None:
    other = client.customers.create({})

    again = client.payment_methods.attach(card.id, {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.payment_methods.attach(card.id, {"customer": other.id})

    assert again.customer == customer.id
    assert client.payment_methods.retrieve(card.id).customer == customer.id


def test_detached_card_is_used_up(client: Any, customer: Any, card: Any) -> None:
    assert client.payment_methods.detach(card.id).customer is None

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.payment_methods.attach(card.id, {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="not attached to a customer"):
        client.payment_methods.detach(card.id)


def test_details_change_while_attached(client: Any, card: Any) -> None:
    changed = client.payment_methods.update(
        card.id, {"billing_details": {"name": "Ann"}, "metadata": {"a": "1"}}
    )

    assert (changed.billing_details.name, changed.metadata.to_dict()) == ("Ann", {"a": "1"})
    client.payment_methods.detach(card.id)
    with pytest.raises(stripe.InvalidRequestError, match="save this PaymentMethod to a customer"):
        client.payment_methods.update(card.id, {"metadata": {"a": "2"}})


def test_missing_things_are_named(client: Any, customer: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as no_method:
        client.payment_methods.attach("pm_nothing", {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError) as no_customer:
        client.payment_methods.attach("pm_card_visa", {"customer": "cus_nothing"})

    assert (no_method.value.http_status, no_method.value.code) == (404, "resource_missing")
    assert no_method.value.user_message == "No such PaymentMethod: 'pm_nothing'"
    assert (no_customer.value.http_status, no_customer.value.param) == (400, "customer")
