"""The delivery log of a webhook: every attempt, a test event, and sending again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Task, Webhook
from tasks.operations.webhooks import register_webhook
from tasktracker.outbox.models import Attempt, Delivery
from tasktracker.outbox.operations.drain import drain
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, HTMX, rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard(
    httpserver: HTTPServer, settings: Settings, owner: User, principal_of: Callable[..., Principal]
) -> Webhook:
    """A webhook of the owner's that somebody listens to."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    httpserver.expect_request("/in", method="POST").respond_with_data("thanks")
    made, _ = register_webhook(
        principal=principal_of(owner),
        url=httpserver.url_for("/in"),
        events=["task.triggered"],
        at=NOW,
    )
    return made


def events(server: HTTPServer) -> list[tuple[str, str]]:
    """List what arrived: its id and its event."""
    return [(request.headers["webhook-id"], request.get_json()["event"]) for request, _ in server.log]


def test_a_test_event_arrives_and_is_logged(person: Client, heard: Webhook, httpserver: HTTPServer) -> None:
    answer = person.post(f"/webhooks/{heard.pk}/test")
    drain()

    assert (answer.status_code, answer["Location"]) == (302, f"/webhooks/{heard.pk}")
    assert [event for _, event in events(httpserver)] == ["webhook.test"]
    page = person.get(f"/webhooks/{heard.pk}").content.decode()
    assert "Delivered" in page
    assert "1 attempt ·" in page
    assert "thanks" in page


def test_a_delivery_is_sent_again_with_the_same_id(
    person: Client, heard: Webhook, task: Task, httpserver: HTTPServer
) -> None:
    person.post(f"/tasks/{task.pk}/trigger")
    drain()
    delivery = Delivery.objects.get()

    answer = person.post(f"/webhooks/{heard.pk}/deliveries/{delivery.pk}/replay")
    drain()

    assert (answer.status_code, answer["Location"]) == (302, f"/webhooks/{heard.pk}")
    (first, _), (second, _) = events(httpserver)
    assert first == second == f"msg_{delivery.event_id.hex}"
    assert Attempt.objects.filter(delivery=delivery).count() == 2


def test_what_is_on_its_way_is_not_sent_twice(person: Client, heard: Webhook, task: Task) -> None:
    person.post(f"/tasks/{task.pk}/trigger")
    delivery, before = Delivery.objects.get(), rows()

    answer = person.post(f"/webhooks/{heard.pk}/deliveries/{delivery.pk}/replay")

    assert answer.status_code == 409
    assert b"This delivery is still on its way." in answer.content
    assert rows() == before


def test_nobody_elses(
    person: Client, heard: Webhook, task: Task, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    person.post(f"/tasks/{task.pk}/trigger")
    drain()
    delivery, before = Delivery.objects.get(), rows()
    stranger = sign_in(outsider)

    assert stranger.post(f"/webhooks/{heard.pk}/deliveries/{delivery.pk}/replay").status_code == 404
    assert person.post(f"/webhooks/{heard.pk}/deliveries/{ABSENT}/replay").status_code == 404
    assert rows() == before


def test_a_delivery_belongs_to_its_webhook(
    person: Client, heard: Webhook, webhook: Webhook, task: Task
) -> None:
    person.post(f"/webhooks/{heard.pk}/test")
    drain()
    delivery, before = Delivery.objects.get(endpoint=str(heard.pk)), rows()

    assert person.post(f"/webhooks/{webhook.pk}/deliveries/{delivery.pk}/replay").status_code == 404
    assert rows() == before


def test_a_stranger_s_reply_stays_text(person: Client, heard: Webhook, httpserver: HTTPServer) -> None:
    httpserver.clear()
    httpserver.expect_request("/in").respond_with_data("<script>alert(1)</script>")
    person.post(f"/webhooks/{heard.pk}/test")
    drain()

    page = person.get(f"/webhooks/{heard.pk}").content

    assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert" in page


def test_a_long_log_has_pages_at_one_price(person: Client, webhook: Webhook) -> None:
    def page(query: str = "") -> tuple[Any, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = person.get(f"/webhooks/{webhook.pk}{query}")
        return answer, len(queries)

    for _ in range(27):
        person.post(f"/webhooks/{webhook.pk}/test")
    page()  # says what was done
    first, first_cost = page()
    second, second_cost = page(f"?before={first.context['next_before']}")

    assert [len(answer.context["deliveries"]) for answer in (first, second)] == [25, 2]
    assert second.context["next_before"] is None
    assert first_cost == second_cost


def test_htmx_gets_the_log_at_once(person: Client, webhook: Webhook) -> None:
    answer = person.post(f"/webhooks/{webhook.pk}/test", headers=HTMX)

    assert answer.status_code == 200
    assert b"webhook.test" in answer.content
