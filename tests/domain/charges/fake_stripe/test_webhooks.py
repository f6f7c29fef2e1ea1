"""Events on their way to a webhook endpoint: signed, tried again, and lost, doubled or reversed on demand."""

from typing import Any

import pytest
import stripe

from tests.domain.charges.fake_stripe.receiver import Receiver
from tests.plugins.fake_stripe import FakeStripe


def states(fake_stripe: FakeStripe) -> list[str]:
    return [delivery["state"] for delivery in fake_stripe.deliveries()]


def wait_for_states(fake_stripe: FakeStripe, wanted: list[str]) -> None:
    """The receiver has answered; the sender notes it a moment later. pytest-timeout ends a wait in vain."""
    while states(fake_stripe) != wanted:
        pass


def test_events_arrive_signed_and_in_order(fake_stripe: FakeStripe, client: Any, receiver: Receiver) -> None:
    customer = client.customers.create({"email": "ann@example.com"})
    client.customers.update(customer.id, {"name": "Ann"})

    first, second = receiver.wait_for(2)

    assert (first.type, second.type) == ("customer.created", "customer.updated")
    assert (first.data.object.name, second.data.object.name) == (None, "Ann")
    assert client.events.retrieve(first.id).to_dict() == first.to_dict()
    assert first.pending_webhooks == 1
    wait_for_states(fake_stripe, ["accepted", "accepted"])


def test_signature_is_of_now_whatever_the_clock_says(
    fake_stripe: FakeStripe, client: Any, receiver: Receiver
) -> None:
    fake_stripe.move_clock(advance_seconds=7 * 24 * 3600)
    client.customers.create({})

    receiver.wait_for(1)  # verifies within 300 seconds of real time
    signature, body = receiver.taken[0]

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, "whsec_tests")


def test_refused_event_is_sent_again(fake_stripe: FakeStripe, client: Any, receiver: Receiver) -> None:
    receiver.answers = [500, 404]
    client.customers.create({})

    events = receiver.wait_for(3)

    assert len({event.id for event in events}) == 1
    wait_for_states(fake_stripe, ["accepted"])
    assert [(one["type"], one["tries"], one["answer"]) for one in fake_stripe.deliveries()] == [
        ("customer.created", 3, "200")
    ]


def test_dead_endpoint_is_tried_again_later(fake_stripe: FakeStripe, client: Any) -> None:
    gone = Receiver()
    fake_stripe.send_events_to(gone.url)
    gone.close()

    client.customers.create({})

    while fake_stripe.deliveries()[0]["tries"] == 0:
        pass
    (delivery,) = fake_stripe.deliveries()
    assert (delivery["state"], delivery["answer"]) == ("pending", "ConnectionRefusedError")


def test_lost_events_can_still_be_listed(fake_stripe: FakeStripe, client: Any, receiver: Receiver) -> None:
    fake_stripe.fail(events={"lose": 1})
    lost = client.customers.create({})
    fake_stripe.fail()
    sent = client.customers.create({})

    (arrived,) = receiver.wait_for(1)

    assert arrived.data.object.id == sent.id
    wait_for_states(fake_stripe, ["lost", "accepted"])
    listed = client.events.list({"type": "customer.created"}).data
    assert [event.data.object.id for event in listed] == [sent.id, lost.id]


def test_doubled_events_have_one_id(fake_stripe: FakeStripe, client: Any, receiver: Receiver) -> None:
    fake_stripe.fail(events={"double": 1})
    client.customers.create({})

    first, second = receiver.wait_for(2)

    assert first.id == second.id
    wait_for_states(fake_stripe, ["accepted", "accepted"])


def test_reversed_events_arrive_newest_first(
    fake_stripe: FakeStripe, client: Any, receiver: Receiver
) -> None:
    fake_stripe.fail(events={"reverse": True})
    customer = client.customers.create({})
    client.customers.update(customer.id, {"name": "Ann"})
    client.customers.delete(customer.id)

    events = receiver.wait_for(3)

    assert [event.type for event in events] == ["customer.deleted", "customer.updated", "customer.created"]


def test_losses_follow_the_seed(fake_stripe: FakeStripe, client: Any, receiver: Receiver) -> None:
    lost = []
    for _ in range(2):
        fake_stripe.reset()
        fake_stripe.send_events_to(receiver.url)
        fake_stripe.fail(events={"lose": 0.3}, seed=7)
        for _ in range(20):
            client.customers.create({})
        lost.append([place for place, state in enumerate(states(fake_stripe)) if state == "lost"])

    assert lost[0] == lost[1]
    assert 1 <= len(lost[0]) <= 14


def test_undelivered_events_survive_a_kill(own_fake_stripe: FakeStripe) -> None:
    late = Receiver()
    own_fake_stripe.send_events_to(late.url)
    late.answers = [500]
    own_fake_stripe.client().customers.create({})
    late.wait_for(1)
    own_fake_stripe.kill()

    own_fake_stripe.start_again()
    own_fake_stripe.send_events_to(late.url)

    events = late.wait_for(2)
    assert events[0].id == events[1].id
    late.close()


@pytest.mark.parametrize(
    "wanted", [{}, {"url": "http://127.0.0.1/"}, {"url": "ftp://127.0.0.1/", "secret": "s"}, []]
)
def test_senseless_endpoints_are_refused(fake_stripe: FakeStripe, wanted: object) -> None:
    with pytest.raises(AssertionError, match="error"):
        fake_stripe.ask("POST", "/_webhook", wanted)
