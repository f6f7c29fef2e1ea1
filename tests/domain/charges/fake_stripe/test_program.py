"""The program itself: how it starts and ends, what it keeps, and what it makes of senseless calls."""

import http.client
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.plugins import children
from tests.plugins import fake_stripe as program
from tests.plugins.fake_stripe import FakeStripe

BEARER = {"Authorization": "Bearer sk_test_any"}


def call(
    fake: FakeStripe, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(fake.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body, headers if headers is not None else BEARER)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_everything_survives_a_kill(own_fake_stripe: FakeStripe) -> None:
    client = own_fake_stripe.client()
    customer = client.customers.create({"email": "ann@example.com"})
    method = client.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    intent = client.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": method.id,
            "payment_method_types": ["card"],
            "confirm": True,
        }
    )
    book = own_fake_stripe.book()

    own_fake_stripe.kill()
    own_fake_stripe.start_again()

    assert own_fake_stripe.book() == book
    assert client.payment_intents.retrieve(intent.id).to_dict() == intent.to_dict()
    client.refunds.create({"payment_intent": intent.id})
    assert own_fake_stripe.book()["totals"]["refunded"] == 500


def test_address_file_is_for_its_owner_and_goes_with_the_program(tmp_path: Path) -> None:
    fake = program.start(tmp_path)
    address_file = tmp_path / "address.json"

    assert json.loads(address_file.read_text()) == {
        "api_base": fake.url,
        "api_key": "sk_test_practice",
        "webhook_secret": "whsec_tests",
    }
    assert address_file.stat().st_mode & 0o777 == 0o600
    assert tmp_path.joinpath("log").read_text() == ""
    fake.stop()
    assert fake.process.returncode == 0
    assert not address_file.exists()


def test_no_card_number_is_kept(own_fake_stripe: FakeStripe) -> None:
    own_fake_stripe.client().payment_methods.create({"type": "card", "card": {"number": "4242424242424242"}})
    own_fake_stripe.stop()

    files = [path for path in own_fake_stripe.folder.rglob("*") if path.is_file()]
    assert any(path.name == "state.sqlite3" for path in files)
    assert [path for path in files if b"4242424242424242" in path.read_bytes()] == []


def test_many_callers_are_answered_at_once(fake_stripe: FakeStripe, client: Any) -> None:
    customer = client.customers.create({})
    made: list[str] = []

    def charge() -> None:
        intent = fake_stripe.client(timeout=30).payment_intents.create(
            {
                "amount": 500,
                "currency": "usd",
                "payment_method": "pm_card_visa",
                "payment_method_types": ["card"],
                "confirm": True,
            }
        )
        made.append(intent.id)

    callers = [threading.Thread(target=charge) for _ in range(50)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert len(set(made)) == 50
    assert fake_stripe.book()["totals"]["captured"] == 50 * 500
    assert client.customers.retrieve(customer.id).id == customer.id


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "You did not provide an API key."),
        ({"Authorization": "Basic !!!"}, "You did not provide an API key."),
        ({"Authorization": "Bearer sk_live_1234567890"}, "Invalid API Key provided: sk_live_******7890"),
    ],
)
def test_wrong_credentials_are_401(fake_stripe: FakeStripe, headers: dict[str, str], message: str) -> None:
    status, body = call(fake_stripe, "GET", "/v1/balance", headers=headers)

    assert (status, body["error"]["type"]) == (401, "invalid_request_error")
    assert body["error"]["message"].startswith(message)


def test_basic_credentials_open_too(fake_stripe: FakeStripe) -> None:
    basic = {"Authorization": "Basic c2tfdGVzdF9hbnk6"}  # sk_test_any:

    assert call(fake_stripe, "GET", "/v1/balance", headers=basic)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/coupons", b"", 404),
        ("PUT", "/v1/customers", b"", 404),
        ("DELETE", "/v1/payment_intents/pi_1", b"", 404),
        ("POST", "/v1/customers", b"email=%ff", 400),
        ("POST", "/v1/customers", b"name=a%00b", 400),
        ("POST", "/v1/customers", b"metadata=1&metadata[a]=2", 400),
        ("POST", "/v1/customers", b"metadata[a][b]=2", 400),
        ("POST", "/v1/customers", b"name[]=2", 400),
        ("POST", "/v1/customers", b"[]=2", 400),
        ("POST", "/v1/customers", b"&".join(b"a%d=1" % n for n in range(1001)), 400),
        ("POST", "/v1/customers", b"x" * (1024 * 1024 + 1), 413),
        ("POST", "/_faults", b"{", 400),
        ("GET", "/_secrets", b"", 404),
    ],
)
def test_senseless_calls_are_refused(
    fake_stripe: FakeStripe, method: str, path: str, body: bytes, status: int
) -> None:
    answered, words = call(fake_stripe, method, path, body)

    assert (answered, list(words)) == (status, ["error"])
    assert fake_stripe.client().customers.list().data == []


def test_numbered_metadata_stay_texts(client: Any) -> None:
    customer = client.customers.create({"metadata": {"0": "first", "1": "second"}})

    assert customer.metadata.to_dict() == {"0": "first", "1": "second"}


def test_reset_forgets_all_but_its_own_webhook(own_fake_stripe: FakeStripe) -> None:
    client = own_fake_stripe.client()
    client.customers.create({})
    own_fake_stripe.send_events_to("http://127.0.0.1:1/")
    own_fake_stripe.move_clock(advance_seconds=3600)
    own_fake_stripe.fail({"kind": "429"}, key_life_seconds=0)

    own_fake_stripe.reset()

    assert client.customers.list().data == client.events.list().data == []
    assert own_fake_stripe.book() == {
        "movements": [],
        "totals": {"authorised": 0, "captured": 0, "released": 0, "refunded": 0, "held": 0},
        "faults": {},
    }
    assert own_fake_stripe.ask("GET", "/_faults")["key_life_seconds"] == 86400
    client.customers.create({})
    assert own_fake_stripe.deliveries() == []


def test_it_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    """What it imports while it serves: no framework, no database driver, none of our packages."""
    listing = tmp_path / "modules"
    code = (
        "import sys, atexit, pathlib; from charges.fake_stripe.__main__ import main;"
        f"atexit.register(lambda: pathlib.Path({str(listing)!r}).write_text(' '.join(sys.modules)));"
        f"main(['--state', {str(tmp_path)!r}, '--address-file', {str(tmp_path / 'address.json')!r}])"
    )
    process = children.start([os.sys.executable, "-c", code], log=tmp_path / "log", folder=program.ROOT)
    children.wait_until((tmp_path / "address.json").exists, process, tmp_path / "log", seconds=20)
    children.stop(process)

    roots = {name.partition(".")[0] for name in listing.read_text().split()}
    assert (
        roots & {"django", "stripe", "requests", "tasktracker", "accounts", "tasks", "rest_framework"}
        == set()
    )


def test_unknown_version_and_key_are_echoed(client: Any) -> None:
    answer = client.balance.retrieve({}, {"stripe_version": "2020-08-27"}).last_response

    assert answer.headers["Stripe-Version"] == "2020-08-27"
    assert answer.headers["Request-Id"].startswith("req_")
    assert isinstance(client.balance.retrieve(), stripe.Balance)
