"""The jobs and the bell: names, settings that keep rows the only book, and the request id."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

from tasktracker.celery import JOB_SECONDS_MOST, VISIBILITY_SECONDS, app
from tasktracker.core import request_id
from tasktracker.core.jobs import job
from tasktracker.outbox.operations import handlers
from tasktracker.outbox.operations.drain import STOP_SECONDS, TURN_SECONDS
from tasktracker.sweeps import sweep_names
from tests.domain.outbox.fakes import FakeHandler, make_delivery


@pytest.mark.django_db
def test_the_drain_job_sends_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_handlers", {"webhook": FakeHandler()})
    make_delivery()

    result = app.tasks["outbox.drain"].apply(kwargs={"unknown": 1}, throw=True)

    assert result.get() == {"delivered": 1, "retried": 0, "failed": 0, "cancelled": 0, "stale": 0}


def test_messages_are_json_and_may_be_lost_or_doubled() -> None:
    conf = app.conf
    assert (conf.accept_content, conf.task_serializer, conf.task_ignore_result) == (["json"], "json", True)
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert (conf.worker_prefetch_multiplier, conf.worker_soft_shutdown_timeout) == (1, 20)
    assert conf.broker_transport_options["unacked_restore_interval"] == 2
    assert conf.broker_transport_options["unacked_restore_throttle"] == 1


def test_no_job_outlives_the_visibility_of_its_message() -> None:
    longest_turn = TURN_SECONDS + 10 + STOP_SECONDS

    assert longest_turn < app.conf.task_time_limit == JOB_SECONDS_MOST < VISIBILITY_SECONDS
    assert app.conf.broker_transport_options["visibility_timeout"] == VISIBILITY_SECONDS


def test_the_beat_rings_for_deliveries_and_for_every_sweep() -> None:
    rings = {
        name: (entry["task"], entry["schedule"], entry.get("kwargs", {}))
        for name, entry in app.conf.beat_schedule.items()
    }

    assert rings.pop("drain") == ("outbox.drain", 5, {})
    assert rings == {name: ("sweep", 60, {"name": name}) for name in sweep_names()}
    assert "outbox.retention" in rings
    assert all(ring[0] in app.tasks for ring in [("outbox.drain",), ("sweep",)])


def test_a_job_works_under_the_id_of_the_request_that_rang() -> None:
    @job("tests.who_rang")
    def who_rang() -> str:
        return request_id.current()

    task = app.tasks["tests.who_rang"]

    assert task.apply(headers={"request_id": "req-1"}, throw=True).get() == "req-1"
    assert task.apply(throw=True).get() == ""


def test_a_worker_and_a_beat_can_import_the_app_alone() -> None:
    program = "from tasktracker.celery import app; print(*app.tasks)"

    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd=django_settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert {"outbox.drain", "sweep"} <= set(shown.stdout.split())
