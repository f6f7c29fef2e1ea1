"""POST /stripe/events: signed bytes in, kept once, answered at once."""

import json
import time

import pytest
import stripe
from django.test import Client
from pytest_django import Settings

from charges.models import ProcessorEvent

pytestmark = pytest.mark.django_db
SECRET = "whsec_contract"
BODY = json.dumps(
    {
        "id": "evt_1",
        "type": "charge.captured",
        "created": 1,
        "data": {"object": {"id": "ch_1", "payment_intent": "pi_1"}},
    }
)


@pytest.fixture(autouse=True)
def _processor(settings: Settings) -> None:
    settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_x", SECRET


def post(caller: Client, body: str, signature: str | None = None) -> tuple[int, object]:
    header = signature or stripe.WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))
    answer = caller.post(
        "/stripe/events", body, content_type="application/json", headers={"Stripe-Signature": header}
    )
    return answer.status_code, answer.json()


def test_a_signed_event_is_kept_once(caller: Client) -> None:
    assert [post(caller, BODY) for _ in range(2)] == [(200, {"received": True})] * 2

    assert list(ProcessorEvent.objects.values_list("pk", "object_id")) == [("evt_1", "pi_1")]


def test_anything_else_is_refused(caller: Client) -> None:
    refused = (400, {"error": "This event is not signed as it must be."})

    assert post(caller, BODY, "t=1,v1=00") == refused
    assert post(caller, "[]") == refused
    assert caller.post("/stripe/events", BODY, content_type="application/json").status_code == 400
    assert ProcessorEvent.objects.count() == 0


def test_it_can_only_be_posted_to(caller: Client) -> None:
    assert caller.get("/stripe/events").status_code == 405
    assert caller.post("/stripe/events/", BODY, content_type="application/json").status_code == 400
