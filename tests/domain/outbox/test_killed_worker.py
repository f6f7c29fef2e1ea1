"""A worker killed with SIGKILL at each named point: the delivery is sent again, with the same id."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from tasktracker.outbox.models import Attempt, Delivery
from tests.domain.outbox.fakes import lose_leases, make_delivery

pytestmark = pytest.mark.django_db(transaction=True)


def database_url() -> str:
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    user, password = quote(place["USER"]), quote(place["PASSWORD"])
    return f"postgres://{user}:{password}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


def run_worker(book: Path, **environment: str) -> int:
    variables = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tasktracker.settings",
    }
    worker = subprocess.run(
        [sys.executable, "-m", "tests.domain.outbox.killed_worker", str(book)],
        cwd=settings.BASE_DIR,
        env={**variables, **environment},
        check=False,
        timeout=60,
    )
    return worker.returncode


@pytest.mark.parametrize(
    ("point", "sent_by_the_killed"),
    [("outbox.after_claim", 0), ("outbox.after_send", 1), ("outbox.before_settle", 1)],
)
def test_a_killed_worker_loses_nothing(point: str, sent_by_the_killed: int, tmp_path: Path) -> None:
    delivery = make_delivery()
    book, fired = tmp_path / "book", tmp_path / "fired"
    book.touch()

    killed = run_worker(book, TT_FAILPOINTS=f"{point}=kill@1", TT_FAILPOINT_LOG=str(fired))
    lose_leases()
    finished = run_worker(book)

    assert (killed, finished) == (-signal.SIGKILL, 0)
    assert fired.read_text() == f"{point}\n"
    assert book.read_text().split() == [str(delivery.event_id)] * (sent_by_the_killed + 1)
    assert Delivery.objects.values_list("state", "tries", "fence").get() == ("delivered", 2, 2)
    assert list(Attempt.objects.values_list("number", flat=True)) == [2]
