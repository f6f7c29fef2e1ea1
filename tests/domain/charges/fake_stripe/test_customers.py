"""Customers: kept, changed, deleted, listed by pages."""

from typing import Any

import pytest
import stripe


def test_new_customer_has_stripes_shape(client: Any) -> None:
    customer = client.customers.create(
        {"email": "ann@example.com", "name": "Ann", "metadata": {"account": "7"}}
    )

    shown = customer.to_dict()
    made = {name: shown.pop(name) for name in ("id", "created", "invoice_prefix")}
    assert made["id"].startswith("cus_")
    assert shown == {
        "object": "customer",
        "address": None,
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": "ann@example.com",
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {"account": "7"},
        "name": "Ann",
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def test_update_changes_what_is_given(client: Any, customer: Any) -> None:
    client.customers.update(customer.id, {"name": "Ann", "metadata": {"a": "1", "b": "2"}})
    client.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})

    found = client.customers.retrieve(customer.id)

    assert (found.email, found.name, found.metadata.to_dict()) == (
        "ann@example.com",
        "Ann",
        {"b": "2", "c": "3"},
    )


def test_all_metadata_are_unset_at_once(client: Any, customer: Any) -> None:
    client.customers.update(customer.id, {"metadata": {"a": "1"}, "name": "Ann"})

    client.customers.update(customer.id, {"metadata": "", "name": ""})

    found = client.customers.retrieve(customer.id)
    assert (found.metadata.to_dict(), found.name) == ({}, None)


def test_deleted_customer_says_so_and_loses_its_cards(client: Any, customer: Any, card: Any) -> None:
    gone = client.customers.delete(customer.id)

    assert gone.to_dict() == {"id": customer.id, "object": "customer", "deleted": True}
    assert client.customers.retrieve(customer.id).to_dict() == gone.to_dict()
    assert client.payment_methods.retrieve(card.id).customer is None
    assert client.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.customers.update(customer.id, {"name": "Ann"})
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.payment_intents.create({"amount": 500, "currency": "usd", "customer": customer.id})


def test_customers_are_listed_newest_first_and_by_mail(client: Any) -> None:
    made = [client.customers.create({"email": f"{name}@example.com"}) for name in ("ann", "bob", "cat")]

    assert [one.id for one in client.customers.list().data] == [one.id for one in reversed(made)]
    assert [one.id for one in client.customers.list({"email": "bob@example.com"}).data] == [made[1].id]


def test_customer_shows_only_its_own_cards(client: Any, customer: Any, card: Any) -> None:
    other = client.customers.create({})

    assert [method.id for method in client.customers.payment_methods.list(customer.id).data] == [card.id]
    assert client.customers.payment_methods.list(other.id).data == []
    assert client.customers.payment_methods.retrieve(customer.id, card.id).id == card.id
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod"):
        client.customers.payment_methods.retrieve(other.id, card.id)


def test_customer_may_come_with_a_card(client: Any) -> None:
    customer = client.customers.create({"payment_method": "pm_card_visa"})

    assert [method.card.last4 for method in client.customers.payment_methods.list(customer.id).data] == [
        "4242"
    ]


def test_refused_card_leaves_no_customer(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.customers.create({"payment_method": "pm_nothing"})

    assert client.customers.list().data == []
