"""Changing webhooks: edit, rotate, delete, and a test event; by their owner alone."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import Webhook
from tasks.operations.webhooks import (
    WebhookSwitchedOff,
    delete_webhook,
    edit_webhook,
    register_project_webhook,
    register_webhook,
    retire_old_secrets,
    rotate_webhook_secret,
    secret_purpose,
    send_test_event,
)
from tasks.queries.webhooks import webhook_visible_to
from tasktracker.core.errors import Invalid, NotFound
from tasktracker.core.sealing import unseal
from tasktracker.outbox.models import Delivery
from tests.domain.tasks.conftest import PAST

URL = "https://hooks.example.com/in"


def row_of(webhook: Webhook) -> dict[str, Any]:
    return Webhook.objects.filter(pk=webhook.pk).values().get()


def test_what_is_unset_stays(webhook: Webhook, caller: Principal, at: datetime) -> None:
    before, later = row_of(webhook), at + timedelta(hours=1)

    edit_webhook(principal=caller, webhook_id=webhook.pk, events=["task.missed"], at=later)

    assert row_of(webhook) == {**before, "events": ["task.missed"], "updated_at": later}


def test_a_webhook_is_switched_off_and_on_again(webhook: Webhook, caller: Principal, at: datetime) -> None:
    edit_webhook(principal=caller, webhook_id=webhook.pk, is_enabled=False, at=at)
    off = row_of(webhook)
    edit_webhook(principal=caller, webhook_id=webhook.pk, is_enabled=True, at=at)
    on = row_of(webhook)

    assert (off["is_enabled"], off["disabled_reason"]) == (False, "owner")
    assert (on["is_enabled"], on["disabled_reason"]) == (True, "")


def test_switched_on_again_it_has_no_history_of_failures(
    make_webhook: Callable[..., Webhook], caller: Principal, at: datetime
) -> None:
    webhook = make_webhook(is_enabled=False, disabled_reason="failing", failing_since=PAST)

    edit_webhook(principal=caller, webhook_id=webhook.pk, is_enabled=True, at=at)

    assert (row_of(webhook)["disabled_reason"], row_of(webhook)["failing_since"]) == ("", None)


def test_saying_what_is_so_changes_no_reason(
    make_webhook: Callable[..., Webhook], caller: Principal, at: datetime
) -> None:
    webhook = make_webhook(is_enabled=False, disabled_reason="gone")

    edit_webhook(principal=caller, webhook_id=webhook.pk, is_enabled=False, at=at)

    assert row_of(webhook)["disabled_reason"] == "gone"


@pytest.mark.parametrize(
    ("values", "field"), [({"url": "ftp://x"}, "url"), ({"events": ["nothing"]}, "events.0")]
)
def test_bad_values_change_nothing(
    webhook: Webhook, caller: Principal, at: datetime, values: dict[str, Any], field: str
) -> None:
    before = row_of(webhook)

    with pytest.raises(Invalid) as refusal:
        edit_webhook(principal=caller, webhook_id=webhook.pk, at=at, is_enabled=False, **values)

    assert [problem.field for problem in refusal.value.problems] == [field]
    assert row_of(webhook) == before


def test_a_projects_webhook_has_no_subscription(project: Project, caller: Principal, at: datetime) -> None:
    webhook, _ = register_project_webhook(
        principal=caller, project_id=project.pk, slug="audit", url=URL, at=at
    )

    with pytest.raises(Invalid):
        edit_webhook(principal=caller, webhook_id=webhook.pk, events=["task.missed"], at=at)

    edit_webhook(principal=caller, webhook_id=webhook.pk, url=URL + "/2", at=at)
    assert row_of(webhook)["url"] == URL + "/2"


def test_a_rotated_secret_overlaps_for_a_day(caller: Principal, at: datetime) -> None:
    webhook, first = register_webhook(principal=caller, url=URL, events=["task.missed"], at=at)

    second = rotate_webhook_secret(principal=caller, webhook_id=webhook.pk, at=at)

    row = row_of(webhook)
    purpose = secret_purpose(webhook.pk)
    assert first != second
    assert unseal(row["secret_sealed"], purpose=purpose).decode() == second
    assert unseal(row["previous_secret_sealed"], purpose=purpose).decode() == first
    assert row["previous_secret_until"] == at + timedelta(hours=24)


def test_an_old_secret_is_forgotten_when_its_overlap_is_over(caller: Principal, at: datetime) -> None:
    webhook, _ = register_webhook(principal=caller, url=URL, events=["task.missed"], at=at)
    rotate_webhook_secret(principal=caller, webhook_id=webhook.pk, at=at)
    before = row_of(webhook)

    assert retire_old_secrets(at + timedelta(hours=24, seconds=-1)) == 0
    assert retire_old_secrets(at + timedelta(hours=24)) == 1

    assert row_of(webhook) == {**before, "previous_secret_sealed": "", "previous_secret_until": None}


def test_a_deleted_webhook_is_gone(webhook: Webhook, caller: Principal) -> None:
    delete_webhook(principal=caller, webhook_id=webhook.pk)

    assert not Webhook.objects.exists()


def test_a_test_event_has_the_shape_of_the_others(
    make_webhook: Callable[..., Webhook], caller: Principal, owner: User, at: datetime
) -> None:
    webhook, other = make_webhook(), make_webhook()

    send_test_event(principal=caller, webhook_id=webhook.pk, at=at)

    delivery = Delivery.objects.get()
    assert (delivery.kind, delivery.event, delivery.endpoint, delivery.account_id) == (
        "webhook",
        "webhook.test",
        str(webhook.pk),
        owner.pk,
    )
    nobody = "00000000-0000-0000-0000-000000000000"
    assert json.loads(delivery.payload) == {
        "event": "webhook.test",
        "task": {
            "id": nobody,
            "name": "Test event",
            "url": f"{django_settings.TASKTRACKER_BASE_URL}/tasks/{nobody}",
        },
        "delivered_at": "2026-03-02T12:00:00Z",
    }
    assert other.pk != webhook.pk


def test_nothing_is_sent_to_a_webhook_that_is_off(
    make_webhook: Callable[..., Webhook], caller: Principal, at: datetime
) -> None:
    webhook = make_webhook(is_enabled=False, disabled_reason="owner")

    with pytest.raises(WebhookSwitchedOff):
        send_test_event(principal=caller, webhook_id=webhook.pk, at=at)

    assert not Delivery.objects.exists()


@pytest.mark.parametrize("who", ["teammate", "outsider"])
def test_nobody_else_finds_them(
    webhook: Webhook,
    project: Project,
    caller: Principal,
    teammate: User,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
    who: str,
) -> None:
    of_project, _ = register_project_webhook(
        principal=caller, project_id=project.pk, slug="audit", url=URL, at=at
    )
    stranger = principal_of({"teammate": teammate, "outsider": outsider}[who])

    for found in (webhook, of_project):
        before = row_of(found)
        for change in (
            lambda key: webhook_visible_to(stranger, key),
            lambda key: edit_webhook(principal=stranger, webhook_id=key, is_enabled=False, at=at),
            lambda key: rotate_webhook_secret(principal=stranger, webhook_id=key, at=at),
            lambda key: delete_webhook(principal=stranger, webhook_id=key),
            lambda key: send_test_event(principal=stranger, webhook_id=key, at=at),
        ):
            with pytest.raises(NotFound):
                change(found.pk)
        assert row_of(found) == before
    assert not Delivery.objects.exists()
