"""/dev/push: in development, on this machine, and nowhere else."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from accounts.models import User
from tasks.rules.pushes import push_payload
from tasks.rules.runs import PushKind
from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(settings: Any, owner: User) -> None:
    """A push that waits."""
    settings.DEVELOPMENT = True
    ids = {"task_id": UUID(int=1), "run_id": UUID(int=2)}
    payload = push_payload(PushKind.FAILED, title="Fix <login>", **ids)
    enqueue_deliveries([NewDelivery("push", "run.failed", UUID(int=3), "device", owner.pk, payload)])


def test_pushes_are_shown(queued: None, client: Client) -> None:
    page = client.get("/dev/push").content.decode()

    assert "&quot;Fix &lt;login&gt;&quot; failed" in page
    assert "run.failed · pending" in page


def test_no_push_is_no_error(settings: Any, client: Client) -> None:
    settings.DEVELOPMENT = True

    assert client.get("/dev/push").status_code == 200


def test_not_outside_development(queued: None, settings: Any, client: Client) -> None:
    settings.DEVELOPMENT = False

    assert client.get("/dev/push").status_code == 404


def test_not_from_elsewhere(queued: None, client: Client) -> None:
    assert client.get("/dev/push", REMOTE_ADDR="203.0.113.7").status_code == 404
