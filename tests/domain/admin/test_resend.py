"""Sending a delivery again, for staff: once for each command, and written down."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import NotFound
from tasktracker.outbox.models import Delivery, Resending
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries
from tasktracker.outbox.operations.replay import StillOnItsWay, resend_delivery
from tests.conftest import NOW
from tests.plugins.staff import enter, make_staff

pytestmark = pytest.mark.django_db
EVENT, COMMAND = UUID(int=5), UUID(int=7)


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    return make_staff(make_user("staff"), "outbox")


@pytest.fixture
def delivery(owner: User) -> Delivery:
    """A webhook delivery that failed."""
    new = NewDelivery(
        kind="webhook",
        event="task.triggered",
        event_id=EVENT,
        endpoint="w1",
        account_id=owner.pk,
        payload="{}",
    )
    enqueue_deliveries([new])
    Delivery.objects.update(state="failed", finished_at=DatabaseNow(), tries=10)
    return Delivery.objects.get()


def resend(delivery: Delivery, **values: Any) -> bool:
    said = {"delivery_id": delivery.pk, "staff_id": 1, "command_id": COMMAND, "at": NOW, **values}
    return resend_delivery(**said)


def page_of(client: Client, delivery: Delivery) -> str:
    answer = client.get(f"/admin/outbox/delivery/{delivery.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_pending_again_and_written_down(delivery: Delivery) -> None:
    assert resend(delivery, why="their server was down")

    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.finished_at) == ("pending", 0, None)
    assert Resending.objects.values().get() == {
        "id": COMMAND,
        "delivery_id": delivery.pk,
        "event": "task.triggered",
        "endpoint": "w1",
        "account_id": delivery.account_id,
        "staff_id": 1,
        "why": "their server was down",
        "at": NOW,
    }


def test_a_command_acts_once(delivery: Delivery) -> None:
    resend(delivery)
    Delivery.objects.update(state="failed", finished_at=DatabaseNow())

    assert not resend(delivery)

    assert Delivery.objects.get().state == "failed"
    assert Resending.objects.count() == 1


def test_what_is_on_its_way_is_left_alone(delivery: Delivery) -> None:
    resend(delivery)

    with pytest.raises(StillOnItsWay):
        resend(delivery, command_id=UUID(int=8))
    with pytest.raises(NotFound):
        resend(delivery, delivery_id=UUID(int=9), command_id=UUID(int=9))

    assert Resending.objects.count() == 1


def test_submitting_the_page_twice_sends_once(delivery: Delivery, staff: User, client: Client) -> None:
    enter(client, staff)
    found = re.search(r'name="command_id" value="([0-9a-f-]{36})"', page_of(client, delivery))
    assert found
    said = {"why": "asked for by mail", "command_id": found[1]}

    answers = [client.post(f"/admin/outbox/delivery/{delivery.pk}/command/", said) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    row = Resending.objects.get()
    assert (row.staff_id, row.why) == (staff.pk, "asked for by mail")
    assert "asked for by mail" in client.get("/admin/outbox/resending/").content.decode()
    assert f"/admin/outbox/resending/?delivery_id={delivery.pk}" in page_of(client, delivery)


def test_a_blanked_secret_is_not_sent_again(delivery: Delivery, staff: User, client: Client) -> None:
    Delivery.objects.update(is_sealed=True, payload="")
    enter(client, staff)

    client.post(f"/admin/outbox/delivery/{delivery.pk}/command/", {"command_id": str(COMMAND)})

    assert "carried a secret" in page_of(client, delivery)
    assert (Delivery.objects.get().state, Resending.objects.count()) == ("failed", 0)


def test_who_may_only_look_sends_nothing(delivery: Delivery, staff: User, client: Client) -> None:
    staff.user_permissions.set(Permission.objects.filter(codename="view_delivery"))
    enter(client, staff)

    answer = client.post(f"/admin/outbox/delivery/{delivery.pk}/command/", {"command_id": str(COMMAND)})

    assert answer.status_code == 403
    assert "command_id" not in page_of(client, delivery)
    assert Delivery.objects.get().state == "failed"


def test_a_look_sends_nothing(delivery: Delivery, staff: User, client: Client) -> None:
    enter(client, staff)

    address = f"/admin/outbox/delivery/{delivery.pk}/command/"
    assert [client.get(address).status_code, client.post(address, {}).status_code] == [400, 400]
    absent = f"/admin/outbox/delivery/{UUID(int=1)}/command/"
    assert client.post(absent, {"command_id": str(COMMAND)}).status_code == 404
    assert Delivery.objects.get().state == "failed"
