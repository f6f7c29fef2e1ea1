"""Checkout in setup mode, with its pages as a browser without scripts uses them."""

import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
import stripe

from tests.plugins.fake_stripe import FakeStripe

SUCCESS = "https://tasks.example.com/billing?session={CHECKOUT_SESSION_ID}"
CANCEL = "https://tasks.example.com/billing"


class StayHere(urllib.request.HTTPRedirectHandler):
    """Shows where a page leads to instead of going there."""

    def redirect_request(self, *_: Any) -> None:
        return None


def browse(url: str, **form: str) -> tuple[int, str]:
    """GET a page, or POST its form. Returns (status, text, or where it leads to)."""
    body = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.build_opener(StayHere).open(url, body, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as other:
        return other.code, other.headers.get("Location") or other.read().decode()


@pytest.fixture
def session(client: Any, customer: Any) -> Any:
    return client.checkout.sessions.create(
        {
            "mode": "setup",
            "customer": customer.id,
            "currency": "usd",
            "success_url": SUCCESS,
            "cancel_url": CANCEL,
            "metadata": {"account": "7"},
        }
    )


def test_new_session_is_open(client: Any, customer: Any, session: Any, fake_stripe: FakeStripe) -> None:
    found = client.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent", "customer"]})

    assert session.id.startswith("cs_test_")
    assert (found.mode, found.status, found.payment_status) == ("setup", "open", "no_payment_required")
    assert found.url == f"{fake_stripe.url}/c/pay/{session.id}"
    assert (found.customer.id, found.setup_intent.status) == (customer.id, "requires_payment_method")
    assert found.expires_at - found.created == 24 * 3600


def test_page_offers_the_test_cards_and_asks_for_no_number(session: Any) -> None:
    status, text = browse(session.url)

    offered = re.findall(r'value="(pm_card_\w+)"', text)
    assert status == 200
    assert {"pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_visa_chargeDeclined"} <= set(offered)
    assert 'type="text"' not in text
    assert "<script" not in text
    assert f'href="{CANCEL}"' in text


def test_chosen_card_is_added(client: Any, customer: Any, session: Any) -> None:
    status, goes_to = browse(session.url, card="pm_card_visa")

    assert (status, goes_to) == (303, SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id))
    done = client.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    assert (done.status, done.url, done.setup_intent.status) == ("complete", None, "succeeded")
    assert done.setup_intent.payment_method.customer == customer.id
    (method,) = client.payment_methods.list({"customer": customer.id, "type": "card"}).data
    assert method.id == done.setup_intent.payment_method.id
    assert browse(session.url)[1].count("This checkout is over") == 2  # title and heading


def test_declined_card_may_be_followed_by_another(client: Any, customer: Any, session: Any) -> None:
    status, text = browse(session.url, card="pm_card_visa_chargeDeclinedInsufficientFunds")

    assert (status, "Your card has insufficient funds." in text) == (402, True)
    assert client.checkout.sessions.retrieve(session.id).status == "open"
    assert client.payment_methods.list({"customer": customer.id}).data == []
    assert browse(session.url, card="pm_card_visa")[0] == 303


def test_unknown_card_is_refused(session: Any) -> None:
    assert browse(session.url, card="pm_<b>")[0] == 402
    assert "pm_&lt;b&gt;" in browse(session.url, card="pm_<b>")[1]


@pytest.mark.parametrize(("answer", "status"), [("yes", "complete"), ("no", "open")])
def test_card_may_ask_its_owner_first(client: Any, session: Any, answer: str, status: str) -> None:
    code, bank = browse(session.url, card="pm_card_authenticationRequiredOnSetup")
    assert code == 303
    assert browse(bank)[0] == 200

    browse(bank, answer=answer)

    assert client.checkout.sessions.retrieve(session.id).status == status


def test_card_set_up_with_its_owner_works_without_them(client: Any, customer: Any, session: Any) -> None:
    _, bank = browse(session.url, card="pm_card_authenticationRequiredOnSetup")
    browse(bank, answer="yes")
    (method,) = client.payment_methods.list({"customer": customer.id}).data

    intent = client.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": method.id,
            "payment_method_types": ["card"],
            "confirm": True,
            "off_session": True,
        }
    )

    assert intent.status == "succeeded"


def test_session_ends_when_told_or_after_a_day(client: Any, session: Any, fake_stripe: FakeStripe) -> None:
    later = client.checkout.sessions.create({"mode": "setup", "currency": "usd", "success_url": SUCCESS})
    assert client.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        client.checkout.sessions.expire(session.id)

    fake_stripe.move_clock(advance_seconds=24 * 3600)

    assert client.checkout.sessions.retrieve(later.id).status == "expired"
    assert "This checkout is over" in browse(later.url)[1]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"mode": "setup", "currency": "usd"}, "success_url"),
        ({"mode": "payment", "currency": "usd", "success_url": SUCCESS}, "mode"),
        ({"mode": "setup", "success_url": SUCCESS}, "currency"),
        ({"mode": "setup", "currency": "usd", "success_url": "/billing"}, "success_url"),
        ({"mode": "setup", "currency": "usd", "success_url": SUCCESS, "customer": "cus_no"}, "customer"),
        ({"mode": "setup", "currency": "usd", "success_url": SUCCESS, "expires_at": 1}, "expires_at"),
    ],
)
def test_senseless_sessions_are_refused(client: Any, params: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.checkout.sessions.create(params)

    assert refusal.value.param == param
    assert client.setup_intents.list().data == []
    assert client.checkout.sessions.list().data == []


def test_unknown_pages_are_missing(fake_stripe: FakeStripe) -> None:
    for path in ("/", "/c/pay/cs_test_no", "/_authenticate/pi_no", "/favicon.ico"):
        assert browse(fake_stripe.url + path)[0] == 404
