"""Customers, and the payment methods attached to them."""

from charges.fake_stripe import payment_methods
from charges.fake_stripe.call import Call
from charges.fake_stripe.errors import Json
from charges.fake_stripe.forms import EXPAND, LIST, METADATA, Spec, hash_of, merged, read, text, unsettable
from charges.fake_stripe.ids import new_id
from charges.fake_stripe.lists import Filters, page

_ADDRESS: Spec = {
    name: unsettable(text()) for name in ("city", "country", "line1", "line2", "postal_code", "state")
}
_FIELDS: Spec = {
    **EXPAND,
    **METADATA,
    "address": unsettable(hash_of(_ADDRESS)),
    "description": unsettable(text(5000)),
    "email": unsettable(text(512)),
    "invoice_settings": hash_of({"default_payment_method": unsettable(text())}),
    "name": unsettable(text(256)),
    "phone": unsettable(text(20)),
}
_NEW: Spec = {**_FIELDS, "payment_method": text()}
_PLAIN = ("address", "description", "email", "name", "phone")


def create(call: Call) -> Json:
    asked = read(call.params, _NEW)
    id_ = new_id("cus_", 14)
    customer: Json = {
        "id": id_,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": new_id("", 8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _change(customer, asked)
    call.store.save(customer)
    if "payment_method" in asked:
        payment_methods.attach_to(call, asked["payment_method"], id_, param="payment_method")
    call.emit("customer.created", customer)
    return customer


def _change(customer: Json, asked: Json) -> None:
    customer.update({name: asked[name] for name in _PLAIN if name in asked})
    customer["invoice_settings"].update(asked.get("invoice_settings", {}))
    if "metadata" in asked:
        customer["metadata"] = merged(customer["metadata"], asked["metadata"])


def retrieve(call: Call, id_: str) -> Json:
    read(call.params, EXPAND)
    return call.find("customer", id_)


def update(call: Call, id_: str) -> Json:
    asked = read(call.params, _FIELDS)
    customer = call.find_customer(id_)
    _change(customer, asked)
    call.store.save(customer)
    call.emit("customer.updated", customer)
    return customer


def delete(call: Call, id_: str) -> Json:
    """Delete a customer: their cards are detached, their intents stay."""
    read(call.params, {})
    customer = call.find_customer(id_)
    for method in payment_methods.attached_to(call, id_):
        payment_methods.take_away(call, method)
    gone = {"id": id_, "object": "customer", "deleted": True, "_type": "deleted"}
    call.store.save(gone)
    call.emit("customer.deleted", customer)
    return gone


def list_all(call: Call) -> Json:
    asked = read(call.params, {**LIST, "email": text(512)})
    filters: Filters = {"type": None}  # not deleted
    if "email" in asked:
        filters["email"] = asked["email"]
    return page(call, "customer", "/v1/customers", asked, filters)


def list_methods(call: Call, id_: str) -> Json:
    asked = read(call.params, {**LIST, "type": text()})
    call.find_customer(id_)
    filters: Filters = {"customer": id_, "type": asked.get("type", "card")}
    return page(call, "payment_method", f"/v1/customers/{id_}/payment_methods", asked, filters)


def retrieve_method(call: Call, id_: str, method_id: str) -> Json:
    read(call.params, EXPAND)
    call.find_customer(id_)
    return payment_methods.of_customer(call, method_id, id_)


ROUTES = (
    ("POST", "/v1/customers", create),
    ("GET", "/v1/customers", list_all),
    ("GET", "/v1/customers/{id}", retrieve),
    ("POST", "/v1/customers/{id}", update),
    ("DELETE", "/v1/customers/{id}", delete),
    ("GET", "/v1/customers/{id}/payment_methods", list_methods),
    ("GET", "/v1/customers/{id}/payment_methods/{id}", retrieve_method),
)
