"""What a call brings to the receiver of a webhook: cases NS-01 to NS-03, NS-21 and NS-22 of triggers.md."""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from standardwebhooks import Webhook as StandardWebhook

from accounts.models import User
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.operations.lifecycle import skip_occurrence
from tasks.rules.vocabulary import Event
from tests.architecture.tree import ROOT
from tests.conftest import NOW
from tests.dialects.triggers.conftest import Api, Receiver, deliver

pytestmark = pytest.mark.django_db


def test_the_webhook_is_called_once(
    api: Api, task: Task, subscribe: Callable[..., str], receiver: Receiver
) -> None:
    subscribe()

    api.trigger(task.pk)
    deliver()
    deliver()

    assert receiver.events == ["task.triggered"]


def test_the_payload_has_the_documented_keys(
    api: Api, task: Task, subscribe: Callable[..., str], receiver: Receiver
) -> None:
    subscribe()

    api.trigger(task.pk)
    deliver()

    (call,) = receiver.calls
    payload = call.get_json()
    delivered_at = payload.pop("delivered_at")
    assert payload == {
        "event": "task.triggered",
        "task": {
            "id": str(task.pk),
            "name": "Water",
            "url": f"{settings.TASKTRACKER_BASE_URL}/tasks/{task.pk}",
        },
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", delivered_at)
    assert call.headers["Content-Type"] == "application/json"


def test_both_signatures_hold_and_a_wrong_secret_differs(
    api: Api, task: Task, subscribe: Callable[..., str], receiver: Receiver
) -> None:
    secret = subscribe()

    api.trigger(task.pk)
    deliver()

    (call,) = receiver.calls
    form = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", call.headers["X-Tasktracker-Signature"])
    assert form
    signed = f"{form[1]}.".encode() + call.data
    assert form[2] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert form[2] != hmac.new(b"whsec_other", signed, hashlib.sha256).hexdigest()
    assert StandardWebhook(secret).verify(call.data, dict(call.headers)) == call.get_json()


def test_the_check_that_callers_are_told_to_make_holds(
    api: Api, task: Task, subscribe: Callable[..., str], receiver: Receiver
) -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```python\n(.+?)```", page, re.DOTALL)
    told: dict[str, Any] = {}
    exec(snippet, told)
    secret = subscribe()

    api.trigger(task.pk)
    deliver()

    (call,) = receiver.calls
    header = call.headers["X-Tasktracker-Signature"]
    assert told["is_genuine"](header, call.data, secret)
    assert not told["is_genuine"](header, call.data + b" ", secret)
    assert not told["is_genuine"](header, call.data, "whsec_other")
    assert not told["is_genuine"](re.sub(r"t=\d+", "t=1", header), call.data, secret)


def test_only_what_was_subscribed_to_is_told(
    api: Api,
    task: Task,
    subscribe: Callable[..., str],
    receiver: Receiver,
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    subscribe(Event.TASK_SKIPPED)
    api.trigger(task.pk)
    skip_occurrence(principal=principal_of(owner), occurrence_id=Occurrence.objects.get().pk, at=NOW)
    api.trigger(task.pk)

    deliver()

    assert receiver.events == ["task.skipped"]


def test_a_failed_call_is_repeated_byte_for_byte(
    api: Api, task: Task, subscribe: Callable[..., str], receiver: Receiver
) -> None:
    secret = subscribe()
    receiver.statuses = [500]
    api.trigger(task.pk)

    deliver()
    deliver(later=timedelta(seconds=7))
    deliver(later=timedelta(days=4))

    first, second = receiver.calls
    assert first.data == second.data
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    for call in (first, second):
        assert StandardWebhook(secret).verify(call.data, dict(call.headers))


def test_a_refused_call_tells_nobody(
    make_api: Callable[..., Api],
    task: Task,
    subscribe: Callable[..., str],
    receiver: Receiver,
    outsider: User,
) -> None:
    subscribe()

    make_api(outsider).trigger(task.pk)
    deliver()

    assert receiver.calls == []
