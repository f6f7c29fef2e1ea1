"""`manage.py sweep`: every sweep once, all that follows from it, one JSON object."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations import handlers
from tasktracker.sweeps import sweep_names
from tests.domain.outbox.fakes import FAILED, FakeHandler, ago, always, make_delivery

pytestmark = pytest.mark.django_db
WORDS = ("delivered", "retried", "failed", "cancelled", "stale")


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> FakeHandler:
    settings.TASKTRACKER_ALLOW_TIME_TRAVEL = True
    settings.TASKTRACKER_DELIVERY_DELAYS_SECONDS = (0.0, 5.0, 300.0)
    fake = FakeHandler()
    monkeypatch.setattr(handlers, "_handlers", {"webhook": fake})
    return fake


def sweep(*arguments: str) -> dict[str, int]:
    output = StringIO()
    call_command("sweep", *arguments, "--json", stdout=output)
    counts: dict[str, int] = json.loads(output.getvalue())
    return counts


def counted(**some: int) -> dict[str, int]:
    deliveries = {f"deliveries.{word}": some.get(word, 0) for word in WORDS}
    sweeps = {name: some.get(name.replace(".", "_"), 0) for name in sweep_names()}
    return sweeps | deliveries


def test_with_nothing_to_do_every_count_is_zero(handler: FakeHandler) -> None:
    assert sweep() == counted()


def test_what_is_due_is_sent_before_anything_is_printed(handler: FakeHandler) -> None:
    make_delivery("now")
    make_delivery("later", due_at=ago(-60))
    make_delivery("old", state="failed", finished_at=ago(31 * 24 * 3600))

    assert sweep() == counted(delivered=1, outbox_retention=1)


def test_another_moment_brings_the_tries_that_fall_due_by_then(handler: FakeHandler) -> None:
    handler.answer = always(FAILED)
    make_delivery()

    assert sweep("--at", (clock.now() + timedelta(minutes=1)).isoformat()) == counted(retried=2)
    assert sweep("--at", (clock.now() + timedelta(hours=1)).isoformat()) == counted(failed=1)


def test_a_moment_that_has_passed_still_sends_what_is_due(handler: FakeHandler) -> None:
    make_delivery()

    assert sweep("--at", "2020-01-01T00:00:00Z") == counted(delivered=1)


@pytest.mark.parametrize("text", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00"])
def test_only_development_may_travel_in_time(text: str, handler: FakeHandler, settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_TIME_TRAVEL = False
    make_delivery()

    with pytest.raises(CommandError, match="TASKTRACKER_ALLOW_TIME_TRAVEL"):
        sweep("--at", text)

    assert Delivery.objects.get().state == "pending"


def test_what_is_no_moment_is_refused(handler: FakeHandler) -> None:
    with pytest.raises(CommandError, match="ISO 8601"):
        sweep("--at", "tomorrow")
