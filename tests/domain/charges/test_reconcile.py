"""The processor's book against ours: events in any order, and differences that nobody misses."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import stripe

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge, Cursor, Difference, MonthLedger, ProcessorEvent
from charges.operations.charge import charge_now
from charges.operations.processor_events import ForgedEvent, apply_events, receive_event, remove_old_events
from charges.operations.reconcile import reconcile_now, reconcile_when_due
from charges.queries.stakes import Stake
from tasktracker.core import clock
from tests.conftest import NOW
from tests.domain.charges.conftest import DAY, DUE, charge_of, log_of, sweep
from tests.plugins.fake_stripe import WEBHOOK_SECRET, FakeStripe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("card")]


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, late: int = 0) -> str:
    moment = int(time.time()) + late
    header: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, moment)
    return header


def event(intent_id: str, *, id_: str = "evt_1", type_: str = "payment_intent.succeeded") -> bytes:
    about = {"id": intent_id, "object": "payment_intent"}
    body = {"id": id_, "object": "event", "type": type_, "created": 1, "data": {"object": about}}
    return json.dumps(body).encode()


def receive(body: bytes) -> None:
    receive_event(body=body, signature=signed(body))


def kept() -> ProcessorEvent:
    return ProcessorEvent.objects.get(pk="evt_1")


# --- events ----------------------------------------------------------------------------------------------
def test_an_event_is_kept_once(caller: Principal) -> None:
    for _ in range(3):
        receive(event("pi_1"))

    assert list(ProcessorEvent.objects.values_list("pk", "type", "object_id")) == [
        ("evt_1", "payment_intent.succeeded", "pi_1")
    ]
    assert kept().due_at is not None


@pytest.mark.parametrize(
    "forge",
    [
        lambda body: (body, ""),
        lambda body: (body, "t=1"),
        lambda body: (body, "nonsense"),
        lambda body: (body, signed(body, secret="whsec_other")),
        lambda body: (body, signed(body, late=-301)),
        lambda body: (body, signed(body, late=302)),
        lambda body: (body + b" ", signed(body)),
        lambda body: (b"[]", signed(b"[]")),
        lambda body: (b"{}", signed(b"{}")),
        lambda body: (b"\xff", signed(b"x")),
    ],
)
def test_a_forged_event_is_refused(forge: Callable[[bytes], tuple[bytes, str]]) -> None:
    body, signature = forge(event("pi_1"))

    with pytest.raises(ForgedEvent):
        receive_event(body=body, signature=signature)

    assert ProcessorEvent.objects.count() == 0


def test_what_an_event_says_is_not_believed(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    charge = charge_of(stake)
    receive(event(str(charge.intent_id)))

    assert apply_events(clock.now()) >= 1

    assert charge_of(stake).status == "authorised"
    assert kept().due_at is None


def test_a_capture_over_there_is_taken_in(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    charge = charge_of(stake)
    processor.client().payment_intents.capture(charge.intent_id)
    receive(event(str(charge.intent_id)))

    sweep(DUE + DAY)

    assert (charge_of(stake).status, processor.movements()) == (
        "captured",
        [("authorised", 500), ("captured", 500)],
    )


def test_a_refund_over_there_is_taken_in(caller: Principal, processor: FakeStripe) -> None:
    made = charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    charge = Charge.objects.get(pk=made.id)
    processor.client().refunds.create({"payment_intent": charge.intent_id})
    receive(event(str(charge.intent_id), type_="charge.refunded"))

    apply_events(clock.now())

    charge.refresh_from_db()
    assert (charge.status, log_of(charge)[-1]) == ("refunded", "refund")


def test_an_event_waits_for_a_clear_answer(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    receive(event(str(charge_of(stake).intent_id)))
    ProcessorEvent.objects.exclude(pk="evt_1").delete()
    processor.fail({"kind": "500_before", "path": "/v1/payment_intents/*", "nth": 1})

    now = clock.now()
    assert apply_events(now) == 0
    assert kept().due_at > now + timedelta(seconds=50)
    assert apply_events(now + timedelta(seconds=61)) == 1


def test_events_of_strangers_are_passed_over() -> None:
    for number, object_id in enumerate(["pi_unknown", "cus_1", "cs_unknown"]):
        receive(event(object_id, id_=f"evt_{number}"))

    assert apply_events(clock.now()) == 3
    assert Difference.objects.count() == 0


def test_old_events_are_forgotten(caller: Principal) -> None:
    receive(event("cus_1"))
    now = clock.now()
    apply_events(now)

    assert remove_old_events(now + 61 * DAY) == 0
    ProcessorEvent.objects.update(received_at=now - 61 * DAY)
    assert remove_old_events(now) == 1


# --- the two books ---------------------------------------------------------------------------------------
def flagged() -> list[tuple[str, str]]:
    return list(Difference.objects.order_by("pk").values_list("key", "detail"))


def test_equal_books_say_nothing(stake: Stake, caller: Principal) -> None:
    charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    for days in range(3):
        assert "charges.reconcile" not in sweep(DUE + days * DAY)

    assert (reconcile_now(DUE + 2 * DAY), flagged()) == (0, [])
    assert ProcessorEvent.objects.exists()  # those that were never sent to us


def test_money_that_we_say_and_they_do_not(caller: Principal, processor: FakeStripe) -> None:
    made = charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    Charge.objects.update(intent_id="pi_lost", updated_at=clock.now())

    assert reconcile_now(clock.now()) == 2
    assert reconcile_now(clock.now()) == 0

    assert sorted(detail for _, detail in flagged()) == [
        "money moves on an intent that is not the charge's own",
        "not there",
    ]
    assert Charge.objects.get(pk=made.id).needs_person == "differs"


def test_money_that_they_say_and_we_do_not(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    charge = charge_of(stake)
    Charge.objects.filter(pk=charge.pk).update(status="cancelled", ended_at=DUE, due_at=None)

    assert reconcile_now(clock.now()) == 1

    assert flagged()[0][1] == "cancelled here, requires_capture there"
    assert charge_of(stake).needs_person == "differs"


@pytest.mark.parametrize(
    ("columns", "detail"),
    [
        ({"status": "refunded"}, "not refunded there"),
        ({"cents": 600}, "700 cents there"),
    ],
)
def test_other_differences(caller: Principal, columns: dict[str, Any], detail: str) -> None:
    charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    Charge.objects.update(**columns)

    reconcile_now(clock.now())

    assert detail in [said for _, said in flagged()]


def test_a_refund_in_part_is_flagged(caller: Principal, processor: FakeStripe) -> None:
    charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    intent_id = Charge.objects.get().intent_id
    processor.client().refunds.create({"payment_intent": intent_id, "amount": 100})

    assert reconcile_now(clock.now()) == 1
    assert flagged()[0][1] == "100 cents refunded there"


def test_a_strangers_money_is_flagged(processor: FakeStripe) -> None:
    client = processor.client()
    method = client.payment_methods.list({"customer": client.customers.list().data[0].id}).data[0]
    for metadata in ({"charge_id": "01900000-0000-7000-8000-000000000000", "round": "1"}, {}):
        client.payment_intents.create(
            {
                "amount": 900,
                "currency": "usd",
                "customer": method.customer,
                "payment_method": method.id,
                "confirm": True,
                "off_session": True,
                "payment_method_types": ["card"],
                "metadata": metadata,
            }
        )

    assert reconcile_now(clock.now()) == 1  # what bears no mark of ours is somebody else's business
    assert flagged()[0][1] == "no charge of ours"


def test_a_ledger_that_does_not_add_up(caller: Principal, owner: User) -> None:
    charge_now(principal=caller, cents=700, request_id="r", at=NOW)
    MonthLedger.objects.update(charged_cents=900)

    reconcile_now(NOW)

    assert flagged() == [
        (
            f"ledger:{owner.pk}:2026-03-01:(0, 700)",
            "reserved 0, 900; rows say 0, 700",
        )
    ]


def test_what_nothing_would_wake_is_woken(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    Charge.objects.update(due_at=None)

    sweep(DUE + 2 * DAY)
    sweep(DUE + 2 * DAY)

    assert charge_of(stake).status == "captured"


def test_no_answer_changes_nothing(stake: Stake, processor: FakeStripe) -> None:
    processor.fail({"kind": "500_before", "path": "/v1/payment_intents", "method": "GET"})

    assert reconcile_now(clock.now()) == 0


def test_it_takes_turns_by_the_databases_clock(processor: FakeStripe) -> None:
    reconcile_when_due(NOW)
    first = dict(Cursor.objects.values_list("pk", "ran_at"))
    reconcile_when_due(NOW)
    assert dict(Cursor.objects.values_list("pk", "ran_at")) == first

    Cursor.objects.filter(pk="recent").update(ran_at=clock.now() - timedelta(minutes=6))
    reconcile_when_due(NOW)

    now = dict(Cursor.objects.values_list("pk", "ran_at"))
    assert (now["recent"] > first["recent"], now["nightly"]) == (True, first["nightly"])
