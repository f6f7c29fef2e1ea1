"""`manage.py worker` as a process: it sends what is due, says that it lives, and ends when it is asked to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.mail import queue_mail
from tasktracker.outbox.queries.health import heartbeat_age
from tests.domain.outbox.test_killed_worker import database_url
from tests.plugins import children

pytestmark = pytest.mark.django_db(transaction=True)
Worker = subprocess.Popen[bytes]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def worker(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.setenv("DATABASE_URL", database_url())
    monkeypatch.setenv("TASKTRACKER_DATA", str(tmp_path))
    command = [sys.executable, str(django_settings.BASE_DIR / "manage.py"), "worker"]
    process = children.start(command, log=log, folder=django_settings.BASE_DIR)
    yield process
    children.stop(process)


def is_beating() -> bool:
    age = heartbeat_age(at=clock.now())
    return age is not None and age < timedelta(seconds=30)


def test_a_worker_sends_what_is_due_and_ends_politely(worker: Worker, log: Path, tmp_path: Path) -> None:
    queue_mail(kind_event="hello", object_key="1", to=["ann@example.com"], subject="Hello", text="Hello")

    children.wait_until(lambda: not Delivery.objects.filter(state="pending").exists(), worker, log, 30)
    children.wait_until(is_beating, worker, log, 30)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(30) == 0
    assert Delivery.objects.get().state == "delivered"
    (file,) = (tmp_path / "mail").iterdir()
    assert "Subject: Hello" in file.read_text()
    assert log.read_text() == ""


def end_other_connections() -> None:
    """Do to the worker what a restart of the database does; SQLite has no connections to lose."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def test_a_worker_outlives_its_connections(worker: Worker, log: Path) -> None:
    children.wait_until(is_beating, worker, log, 30)
    end_other_connections()
    queue_mail(kind_event="hello", object_key="3", to=["ann@example.com"], subject="Hello", text="Hello")

    children.wait_until(lambda: Delivery.objects.get().state == "delivered", worker, log, 30)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(30) == 0


def test_a_worker_that_is_killed_is_replaced_by_any_other(worker: Worker, log: Path) -> None:
    children.wait_until(is_beating, worker, log, 30)
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait(10) == -signal.SIGKILL
    queue_mail(kind_event="hello", object_key="2", to=["ann@example.com"], subject="Hello", text="Hello")

    second = children.start(worker.args, log=log, folder=django_settings.BASE_DIR)  # type: ignore[arg-type]
    try:
        children.wait_until(lambda: Delivery.objects.get().state == "delivered", second, log, 30)
    finally:
        children.stop(second)
