"""Three people with tokens, a task of the owner's, and a receiver that keeps a book."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.models import Project, User
from accounts.operations.credentials import issue_triggers_token
from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task
from tasks.operations.editing import create_task
from tasks.operations.webhooks import register_webhook
from tasks.rules.vocabulary import Event
from tasktracker.core import clock
from tasktracker.http.tokens import sign
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.drain import drain
from tests.conftest import NOW

ABSENT = UUID(int=1)


@dataclass
class Api:
    """A caller with one token."""

    client: Client
    token: str

    def trigger(self, task_id: object) -> Any:
        return self.post(f"/api/v1/tasks/{task_id}/trigger")

    def complete(self, task_id: object) -> Any:
        return self.post(f"/api/v1/tasks/{task_id}/complete")

    def post(self, path: str, method: str = "POST") -> Any:
        return self.client.generic(method, path, headers={"Authorization": f"Bearer {self.token}"})


@pytest.fixture
def make_api(client: Client, principal_of: Callable[..., Principal]) -> Callable[..., Api]:
    """Give a person a token: make_api(owner, scope="task:<id>")."""

    def make(user: User, scope: str = "user", **values: Any) -> Api:
        issued = issue_triggers_token(
            principal=principal_of(user), name="cron", scope=scope, at=NOW, **values
        )
        return Api(client, sign(issued.claims))

    return make


@pytest.fixture
def api(make_api: Callable[..., Api], owner: User) -> Api:
    """The owner, with a token for the whole account."""
    return make_api(owner)


@pytest.fixture
def make_task(owner: User, principal_of: Callable[..., Principal]) -> Callable[..., Task]:
    """Make a task: make_task(user=..., project_id=...); columns= sets more."""

    def make(user: User = owner, columns: dict[str, Any] | None = None, **values: Any) -> Task:
        task = create_task(**{"principal": principal_of(user), "title": "Water", "at": NOW, **values})
        Task.objects.filter(pk=task.pk).update(**(columns or {"title": "Water"}))
        return task

    return make


@pytest.fixture
def task(make_task: Callable[..., Task]) -> Task:
    """A pending task in the owner's Inbox."""
    return make_task()


@pytest.fixture
def shared_task(make_task: Callable[..., Task], project: Project) -> Task:
    """A task of the owner's in the project that the team-mate shares."""
    return make_task(project_id=project.pk)


class Receiver:
    """A webhook's receiver on loopback."""

    def __init__(self, server: HTTPServer) -> None:
        self._server = server
        self.statuses: list[int] = []  # what to answer, one for each call; then 200
        server.expect_request("/in", method="POST").respond_with_handler(self._answer)
        self.url = server.url_for("/in")

    def _answer(self, _request: Request) -> Any:
        return Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def calls(self) -> list[Request]:
        return [request for request, _ in self._server.log]

    @property
    def events(self) -> list[str]:
        return [request.get_json()["event"] for request in self.calls]


@pytest.fixture
def receiver(httpserver: HTTPServer, settings: Settings) -> Receiver:
    """Listens; loopback may be called."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    return Receiver(httpserver)


@pytest.fixture
def subscribe(owner: User, receiver: Receiver, principal_of: Callable[..., Principal]) -> Callable[..., str]:
    """Register the receiver as the owner's webhook for these events, or for all; returns the secret."""

    def make(*events: Event) -> str:
        names = [str(event) for event in events or tuple(Event)]
        _, secret = register_webhook(principal=principal_of(owner), url=receiver.url, events=names, at=NOW)
        return secret

    return make


def deliver(later: timedelta | None = None) -> None:
    """Let the worker do what is due, or will be due by then."""
    drain(as_of=clock.now() + later if later else None)


def log_of(task: Task) -> list[tuple[str, str]]:
    """List a task's occurrences, oldest first: what became of each, and what made it."""
    return list(Occurrence.objects.filter(task=task).order_by("pk").values_list("status", "source"))


def everything() -> dict[str, list[Any]]:
    """All rows that a refused call must leave alone."""
    models = (Task, Occurrence, Delivery)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
