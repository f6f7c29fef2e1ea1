"""Webhooks and their deliveries on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Webhook
from tasks.operations.webhooks import register_project_webhook, send_test_event
from tasktracker.outbox.models import Attempt, Delivery
from tests.conftest import NOW
from tests.dialects.mobile.conftest import (
    ABSENT,
    NOT_FOUND,
    Phone,
    body_of,
    error_of,
    everything,
    fields_of,
    is_done,
    items,
    statements,
)

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:9/in"
NEW = {"url": URL, "events": ["task.completed"]}


@pytest.fixture
def delivery(owner: User, principal_of: Callable[..., Principal], webhook: Webhook) -> Delivery:
    """One that is over: answered with 500, and given up."""
    send_test_event(principal=principal_of(owner), webhook_id=webhook.pk, at=NOW)
    sent = Delivery.objects.get(endpoint=str(webhook.pk))
    Attempt.objects.create(delivery=sent, number=1, started_at=NOW, duration_ms=5, status_code=500)
    Delivery.objects.filter(pk=sent.pk).update(state="failed", finished_at=NOW, last_status=500)
    return Delivery.objects.get(pk=sent.pk)


def test_the_secret_is_shown_once(phone: Phone, settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True

    made = body_of(phone.post("/webhooks", NEW), 201)

    shown = {
        "id": str(Webhook.objects.get().pk),
        "url": URL,
        "events": ["task.completed"],
        "is_enabled": True,
        "disabled_reason": None,
        "created_at": made["created_at"],
    }
    assert made == {**shown, "secret": made["secret"]}
    assert made["secret"].startswith("whsec_")
    assert body_of(phone.get(f"/webhooks/{shown['id']}")) == shown
    assert items(phone.get("/webhooks")) == [shown]


def test_one_that_is_off_at_first(phone: Phone, settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True

    made = body_of(phone.post("/webhooks", {**NEW, "is_enabled": False}), 201)

    assert (made["is_enabled"], made["disabled_reason"]) == (False, "owner")
    assert error_of(phone.post(f"/webhooks/{made['id']}/test"), 409)
    assert body_of(phone.patch(f"/webhooks/{made['id']}", {"is_enabled": True}))["is_enabled"] is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": ""}, "url"),
        ({"url": None}, "url"),
        ({"url": "https://example.com/" + "x" * 2048}, "url"),
        ({"events": []}, "events"),
        ({"events": "task.completed"}, "events"),
        ({"events": ["task.completed", "task.completed"]}, "events.1"),
        ({"events": ["task.exploded"]}, "events.0"),
        ({"events": [5]}, "events.0"),
        ({"is_enabled": "yes"}, "is_enabled"),
    ],
)
def test_what_cannot_be(phone: Phone, webhook: Webhook, changes: dict[str, Any], field: str) -> None:
    before = everything()

    assert set(fields_of(phone.post("/webhooks", {**NEW, **changes}))) == {field}
    assert set(fields_of(phone.patch(f"/webhooks/{webhook.pk}", changes))) == {field}
    assert everything() == before


def test_both_are_needed(phone: Phone) -> None:
    assert fields_of(phone.post("/webhooks", {})) == {"url": ["can't be blank"], "events": ["can't be blank"]}


def test_only_what_is_sent_is_changed(phone: Phone, webhook: Webhook) -> None:
    path = f"/webhooks/{webhook.pk}"
    before = body_of(phone.get(path))

    assert body_of(phone.patch(path, {"events": ["task.missed"]})) == {**before, "events": ["task.missed"]}
    off = {**before, "events": ["task.missed"], "is_enabled": False, "disabled_reason": "owner"}
    assert body_of(phone.patch(path, {"is_enabled": False})) == off
    assert body_of(phone.patch(path, {})) == off


def test_rotating_shows_the_new_secret(phone: Phone, webhook: Webhook) -> None:
    first, second = (body_of(phone.post(f"/webhooks/{webhook.pk}/rotate_secret")) for _ in range(2))

    assert list(first) == ["secret"]
    assert first["secret"].startswith("whsec_")
    assert first != second


def test_a_test_event(phone: Phone, webhook: Webhook) -> None:
    assert is_done(phone.post(f"/webhooks/{webhook.pk}/test"))

    assert Delivery.objects.get().event == "webhook.test"


def test_deleting(phone: Phone, webhook: Webhook) -> None:
    assert is_done(phone.delete(f"/webhooks/{webhook.pk}"))

    assert body_of(phone.get(f"/webhooks/{webhook.pk}"), 404) == NOT_FOUND


def test_its_deliveries(phone: Phone, webhook: Webhook, delivery: Delivery) -> None:
    assert body_of(phone.get(f"/webhooks/{webhook.pk}/deliveries")) == {
        "data": [
            {
                "id": str(delivery.pk),
                "event": "webhook.test",
                "status": "failed",
                "attempts": 1,
                "last_status_code": 500,
                "created_at": f"{delivery.created_at:%Y-%m-%dT%H:%M:%S.%f}Z",
                "delivered_at": None,
            }
        ],
        "meta": {"page": 1, "per_page": 25, "total": 1, "next_page": None},
    }


def test_one_is_sent_again_once_it_is_over(phone: Phone, webhook: Webhook, delivery: Delivery) -> None:
    assert is_done(phone.post(f"/deliveries/{delivery.pk}/replay"))
    before = everything()

    (shown,) = items(phone.get(f"/webhooks/{webhook.pk}/deliveries"))
    assert shown["status"] == "pending"
    assert error_of(phone.post(f"/deliveries/{delivery.pk}/replay"), 409)
    assert everything() == before


def test_nobody_else_sees_or_changes_it(others: list[Phone], webhook: Webhook, delivery: Delivery) -> None:
    before = everything()
    path = f"/webhooks/{webhook.pk}"

    for other in others:
        assert items(other.get("/webhooks")) == []
        for method, place in [
            ("GET", path),
            ("PATCH", path),
            ("DELETE", path),
            ("POST", f"{path}/rotate_secret"),
            ("POST", f"{path}/test"),
            ("GET", f"{path}/deliveries"),
            ("POST", f"/deliveries/{delivery.pk}/replay"),
            ("GET", f"/webhooks/{ABSENT}"),
            ("GET", "/webhooks/x"),
            ("POST", f"/deliveries/{ABSENT}/replay"),
        ]:
            assert body_of(other.send(method, place, {}), 404) == NOT_FOUND
    assert everything() == before


def test_a_projects_webhook_is_not_the_accounts(
    phone: Phone, owner: User, principal_of: Callable[..., Principal], project: Project, webhook: Webhook
) -> None:
    others, _ = register_project_webhook(
        principal=principal_of(owner), project_id=project.pk, slug="hook", url=URL, at=NOW
    )

    assert [shown["id"] for shown in items(phone.get("/webhooks"))] == [str(webhook.pk)]
    assert body_of(phone.get(f"/webhooks/{others.pk}"), 404) == NOT_FOUND


def test_the_statements_do_not_grow(
    phone: Phone, owner: User, principal_of: Callable[..., Principal], webhook: Webhook, delivery: Delivery
) -> None:
    def read() -> Any:
        return phone.get(f"/webhooks/{webhook.pk}/deliveries")

    read()
    one = statements(read)
    for _ in range(2):
        send_test_event(principal=principal_of(owner), webhook_id=webhook.pk, at=NOW)

    assert statements(read) == one == 4  # token, webhook, count, page
    assert [shown["status"] for shown in items(read())] == ["pending", "pending", "failed"]
