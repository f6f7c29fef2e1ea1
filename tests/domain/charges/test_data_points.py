"""Beeminder data points: queued with the task, posted once each, to a receiver on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.operations.integrations import connect_beeminder
from accounts.rules.principal import Principal
from charges.queries.stakes import Stake
from charges.rules.goals import goals_on_completion, goals_on_creation
from tasks.operations.editing import create_task
from tasks.operations.lifecycle import complete_task, uncomplete_task
from tasktracker.core.unset import UNSET
from tasktracker.outbox.models import Attempt, Delivery
from tasktracker.outbox.operations.drain import drain
from tests.conftest import NOW
from tests.domain.charges.conftest import DUE

pytestmark = pytest.mark.django_db(transaction=True)


class Beeminder:
    """A Beeminder that keeps what it is sent, and answers as it is told to."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str]]] = []
        self.statuses: list[int] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/api/v1"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        book = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                book.posts.append((self.path, {name: values[0] for name, values in form.items()}))
                self.send_response(book.statuses.pop(0) if book.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

        return Handler


@pytest.fixture
def beeminder(settings: Settings) -> Iterator[Beeminder]:
    book = Beeminder()
    settings.TASKTRACKER_BEEMINDER_URL = book.url
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    yield book
    book.server.shutdown()
    book.server.server_close()


@pytest.fixture
def _connected(caller: Principal) -> None:
    connect_beeminder(principal=caller, username="jane", token="b-secret", goal_new_tasks="d")


def queued() -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(kind="data_point").order_by("pk")
    return [(row.event, json.loads(row.payload)["goal"]) for row in rows]


@pytest.mark.parametrize(
    ("title", "default", "on_creation", "on_completion"),
    [
        ("x &g1 *g2", "d", ["d", "g1"], ["g2"]),
        ("x", "", [], []),
        ("&a &b &a *c *c", "a", ["a", "b"], ["c"]),
        ("Tom&Jerry 2*3 & * &", "", [], []),
        ("&good-one, &b!", "", ["good-one", "b"], []),
        ("(*c)", "", [], []),
    ],
)
def test_what_a_text_names(
    title: str, default: str, on_creation: list[str], on_completion: list[str]
) -> None:
    assert goals_on_creation(title, default) == on_creation
    assert goals_on_completion(title) == on_completion


@pytest.mark.usefixtures("_connected")
def test_making_and_completing_count_once_each(
    make_stake: Callable[..., Stake], caller: Principal, beeminder: Beeminder
) -> None:
    stake = make_stake(title="x &g1 *g2")
    assert queued() == [("task.created", "d"), ("task.created", "g1")]
    for _ in range(2):
        complete_task(principal=caller, task_id=stake.task.pk, at=NOW)
        uncomplete_task(principal=caller, task_id=stake.task.pk, at=NOW)
    complete_task(principal=caller, task_id=stake.task.pk, at=NOW)
    drain()

    task_id = stake.task.pk
    assert sorted(beeminder.posts) == [
        (
            f"/api/v1/users/jane/goals/{goal}/datapoints.json",
            {
                "value": "1",
                "timestamp": str(int(NOW.timestamp())),
                "comment": "x &g1 *g2 (2100-01-04 12:00 UTC, $5.00)",
                "requestid": f"{task_id}-{goal}",
                "auth_token": "b-secret",
            },
        )
        for goal in ("d", "g1", "g2")
    ]


@pytest.mark.usefixtures("_connected")
def test_only_stakes_count(caller: Principal, owner: User) -> None:
    task = create_task(principal=caller, title="x &g *h", due_at=DUE, at=NOW)
    complete_task(principal=caller, task_id=task.pk, at=NOW)

    assert queued() == []


def test_without_a_connection_nothing_is_queued(make_stake: Callable[..., Stake], caller: Principal) -> None:
    connect_beeminder(principal=caller, username="jane", token=UNSET, goal_new_tasks="d")
    stake = make_stake(title="x &g *h")
    complete_task(principal=caller, task_id=stake.task.pk, at=NOW)

    assert queued() == []


@pytest.mark.usefixtures("_connected")
@pytest.mark.parametrize(
    ("status", "state"), [(500, "pending"), (429, "pending"), (401, "failed"), (404, "failed")]
)
def test_what_an_answer_means(
    make_stake: Callable[..., Stake], beeminder: Beeminder, status: int, state: str
) -> None:
    beeminder.statuses = [status]
    make_stake()

    drain()

    row = Delivery.objects.get(kind="data_point")
    assert (row.state, row.last_status) == (state, status)
    assert "b-secret" not in str([*Delivery.objects.values(), *Attempt.objects.values()])


@pytest.mark.usefixtures("_connected")
def test_who_disconnects_sends_nothing_more(
    make_stake: Callable[..., Stake], caller: Principal, beeminder: Beeminder
) -> None:
    make_stake()
    connect_beeminder(principal=caller, username=UNSET, token=None, goal_new_tasks=UNSET)

    drain()

    assert (Delivery.objects.get(kind="data_point").state, beeminder.posts) == ("cancelled", [])
