"""From an event to its receiver: signed, retried with the same bytes, switched off when nobody listens."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Task, Webhook
from tasks.operations.lifecycle import trigger_task
from tasks.operations.webhook_deliveries import WebhookHandler
from tasks.operations.webhooks import (
    WebhookSwitchedOff,
    delete_webhook,
    edit_webhook,
    register_project_webhook,
    register_webhook,
    replay_webhook_delivery,
    rotate_webhook_secret,
    send_test_event,
)
from tasks.queries.webhooks import delivery_page
from tasks.rules.signatures import verify
from tasktracker.core.errors import NotFound
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.drain import drain
from tasktracker.outbox.operations.mail import mail_event_id
from tasktracker.outbox.rules.outcomes import Outcome

DELIVERED = Outcome("delivered", 200)
FAILED = Outcome("retry", 500, error="status 500")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _open_loopback(settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True


@pytest.fixture
def answers(httpserver: HTTPServer) -> list[Response]:
    """What the receiver answers next, in turn; then always 200."""
    turns: list[Response] = []

    def answer(request: Request) -> Response:
        return turns.pop(0) if turns else Response("ok")

    httpserver.expect_request("/in", method="POST").respond_with_handler(answer)
    return turns


@pytest.fixture
def registered(
    httpserver: HTTPServer, answers: list[Response], caller: Principal, at: datetime
) -> tuple[Webhook, str]:
    """A webhook that reaches the receiver, and its secret."""
    url = httpserver.url_for("/in")
    return register_webhook(principal=caller, url=url, events=["task.triggered"], at=at)


@pytest.fixture
def settle(at: datetime) -> Iterator[Callable[..., None]]:
    """Say how an attempt of the handler ended: settle(webhook, outcome, at)."""

    def settle(webhook: Webhook, outcome: Outcome, then: datetime = at) -> None:
        delivery = Delivery(endpoint=str(webhook.pk))
        handler = WebhookHandler()
        context = handler.load([delivery])[delivery.pk]
        handler.settled(delivery, context, outcome, then)
        webhook.refresh_from_db()

    return settle


def mails() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="mail"))


def test_a_trigger_reaches_its_receiver_signed(
    task: Task, registered: tuple[Webhook, str], httpserver: HTTPServer, caller: Principal, at: datetime
) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=at)

    counts = drain()

    request, _ = httpserver.log[0]
    assert (counts.delivered, len(httpserver.log)) == (1, 1)
    assert request.data.decode() == Delivery.objects.get().payload
    assert json.loads(request.data)["delivered_at"] == "2026-03-02T12:00:00Z"
    signature = request.headers["X-Tasktracker-Signature"]
    assert verify(signature, request.data, registered[1], datetime.now(UTC))


def test_a_retry_sends_the_same_bytes_under_the_same_id(
    task: Task,
    registered: tuple[Webhook, str],
    answers: list[Response],
    httpserver: HTTPServer,
    caller: Principal,
    at: datetime,
) -> None:
    answers.append(Response("no", status=500))
    trigger_task(principal=caller, task_id=task.pk, at=at)

    drain()
    first = drain(as_of=datetime.now(UTC) + timedelta(seconds=10))

    requests = [request for request, _ in httpserver.log]
    assert (first.delivered, len(requests)) == (1, 2)
    assert requests[0].data == requests[1].data
    assert requests[0].headers["webhook-id"] == requests[1].headers["webhook-id"]
    page = delivery_page(principal=caller, webhook_id=registered[0].pk)
    attempts = [each.status_code for each in page.deliveries[0].attempts.all()]
    assert (attempts, page.deliveries[0].state) == ([500, 200], "delivered")


def test_both_secrets_sign_while_a_rotation_overlaps(
    registered: tuple[Webhook, str], httpserver: HTTPServer, caller: Principal
) -> None:
    webhook, old = registered
    new = rotate_webhook_secret(principal=caller, webhook_id=webhook.pk, at=datetime.now(UTC))
    send_test_event(principal=caller, webhook_id=webhook.pk, at=datetime.now(UTC))
    drain()
    Webhook.objects.update(previous_secret_until=datetime.now(UTC))
    send_test_event(principal=caller, webhook_id=webhook.pk, at=datetime.now(UTC))
    drain()

    signed = [
        [verify(request.headers["X-Tasktracker-Signature"], request.data, secret, datetime.now(UTC))
         for secret in (old, new)]
        for request, _ in httpserver.log
    ]  # fmt: skip
    assert signed == [[True, True], [False, True]]


def test_410_switches_it_off_and_its_owner_is_mailed(
    task: Task,
    registered: tuple[Webhook, str],
    answers: list[Response],
    caller: Principal,
    at: datetime,
) -> None:
    answers.append(Response("gone", status=410))
    trigger_task(principal=caller, task_id=task.pk, at=at)

    counts = drain(until_idle=False)

    webhook = registered[0]
    webhook.refresh_from_db()
    assert (webhook.is_enabled, webhook.disabled_reason) == (False, "gone")
    assert counts.failed == 1
    assert len(mails()) == 1


@pytest.mark.parametrize("how", ["switched off", "deleted"])
def test_what_is_on_its_way_to_nobody_is_cancelled(
    task: Task,
    registered: tuple[Webhook, str],
    httpserver: HTTPServer,
    caller: Principal,
    at: datetime,
    how: str,
) -> None:
    trigger_task(principal=caller, task_id=task.pk, at=at)
    if how == "deleted":
        delete_webhook(principal=caller, webhook_id=registered[0].pk)
    else:
        edit_webhook(principal=caller, webhook_id=registered[0].pk, is_enabled=False, at=at)

    assert drain().cancelled == 1

    assert httpserver.log == []


def test_five_days_of_nothing_but_failures_switch_it_off(
    webhook: Webhook, settle: Callable[..., None], owner: User, at: datetime
) -> None:
    settle(webhook, FAILED, at)
    settle(webhook, FAILED, at + 5 * DAY - timedelta(seconds=1))
    assert (webhook.is_enabled, webhook.failing_since, mails()) == (True, at, [])

    settle(webhook, FAILED, at + 5 * DAY)

    assert (webhook.is_enabled, webhook.disabled_reason) == (False, "failing")
    key = f"{webhook.pk}:{(at + 5 * DAY).isoformat()}"
    assert [mail.event_id for mail in mails()] == [mail_event_id("webhook.switched_off", key)]
    assert mails()[0].account_id == owner.pk


def test_one_success_starts_the_five_days_anew(
    webhook: Webhook, settle: Callable[..., None], at: datetime
) -> None:
    settle(webhook, FAILED, at)
    settle(webhook, DELIVERED, at + 4 * DAY)
    settle(webhook, FAILED, at + 5 * DAY)

    assert (webhook.is_enabled, webhook.failing_since, mails()) == (True, at + 5 * DAY, [])


def test_a_success_meanwhile_saves_it(webhook: Webhook, at: datetime) -> None:
    delivery, handler = Delivery(endpoint=str(webhook.pk)), WebhookHandler()
    Webhook.objects.update(failing_since=at)
    context = handler.load([delivery])[delivery.pk]
    Webhook.objects.update(failing_since=None)

    handler.settled(delivery, context, FAILED, at + 5 * DAY)

    webhook.refresh_from_db()
    assert (webhook.is_enabled, mails()) == (True, [])


def test_the_managers_of_a_project_are_mailed(
    project: Project, caller: Principal, settle: Callable[..., None], at: datetime
) -> None:
    webhook, _ = register_project_webhook(
        principal=caller, project_id=project.pk, slug="audit", url="https://hooks.example.com", at=at
    )

    settle(webhook, Outcome("gone", 410))

    assert (webhook.is_enabled, len(mails())) == (False, 1)


def test_a_webhook_whose_key_is_gone_is_tried_again(
    registered: tuple[Webhook, str],
    httpserver: HTTPServer,
    caller: Principal,
    settings: Settings,
    at: datetime,
) -> None:
    send_test_event(principal=caller, webhook_id=registered[0].pk, at=at)
    settings.TASKTRACKER_SEALING_KEYS = {"other": b"k" * 32}

    assert drain(until_idle=False).retried == 1

    assert httpserver.log == []
    assert Delivery.objects.get().last_error == "secret cannot be opened"


def test_a_delivery_is_sent_again_on_request(
    registered: tuple[Webhook, str],
    httpserver: HTTPServer,
    caller: Principal,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    webhook, _ = registered
    send_test_event(principal=caller, webhook_id=webhook.pk, at=at)
    drain()
    delivery = Delivery.objects.get()

    with pytest.raises(NotFound):
        replay_webhook_delivery(principal=principal_of(outsider), delivery_id=delivery.pk)
    with pytest.raises(NotFound):
        replay_webhook_delivery(principal=caller, delivery_id=webhook.pk)
    replay_webhook_delivery(principal=caller, delivery_id=delivery.pk)
    drain()

    ids = [request.headers["webhook-id"] for request, _ in httpserver.log]
    assert ids == [f"msg_{delivery.event_id.hex}"] * 2

    edit_webhook(principal=caller, webhook_id=webhook.pk, is_enabled=False, at=at)
    with pytest.raises(WebhookSwitchedOff):
        replay_webhook_delivery(principal=caller, delivery_id=delivery.pk)


def test_the_log_of_a_webhook_is_its_owners(
    webhook: Webhook,
    caller: Principal,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    for _ in range(3):
        send_test_event(principal=caller, webhook_id=webhook.pk, at=at)
    newest_first = list(Delivery.objects.order_by("-pk"))

    first = delivery_page(principal=caller, webhook_id=webhook.pk, limit=2)
    second = delivery_page(principal=caller, webhook_id=webhook.pk, limit=2, before=first.next_before)

    assert [*first.deliveries, *second.deliveries] == newest_first
    assert second.next_before is None
    with pytest.raises(NotFound):
        delivery_page(principal=principal_of(outsider), webhook_id=webhook.pk)


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_is_loaded_in_one_statement(make_webhook: Callable[..., Webhook], count: int) -> None:
    deliveries: list[Any] = [Delivery(endpoint=str(make_webhook().pk)) for _ in range(count)]

    with CaptureQueriesContext(connection) as captured:
        loaded = WebhookHandler().load(deliveries)

    assert set(loaded) == {delivery.pk for delivery in deliveries}
    assert None not in loaded.values()
    assert len(captured) == 1
