"""Three people with a phone each, their tasks, and everything that a refused call must leave alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Credential, Project, PushToken, User
from accounts.operations.accounts import enroll
from accounts.operations.devices import issue_device_token
from accounts.rules.principal import Principal
from charges.models import Charge, MonthLedger
from tasks.models import Occurrence, Schedule, Task, Webhook
from tasks.operations.editing import create_task
from tasks.operations.webhooks import register_webhook
from tasks.rules.vocabulary import Event
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW

PREFIX = "/internal_api"
ABSENT = UUID(int=1)
CODES = {
    400: "validation_failed",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "validation_failed",
    429: "rate_limited",
    500: "server_error",
}
NOT_FOUND = {"error": {"code": "not_found", "message": "Not found."}}
BOUND = {"error": {"code": "conflict", "message": "A task with an open stake cannot be made easier."}}


@dataclass
class Phone:
    """An app with a token, or without one."""

    client: Client
    token: str | None = None

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def post(self, path: str, body: object = None) -> Any:
        return self.send("POST", path, body)

    def patch(self, path: str, body: object = None) -> Any:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else (b"" if body is None else orjson.dumps(body))
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.generic(
            method, PREFIX + path, raw, content_type="application/json", headers={**given, **headers}
        )


def body_of(response: Any, status: int = 200) -> Any:
    """The JSON body of an answer that has this status."""
    assert response.status_code == status, (response.status_code, response.content)
    assert response.headers["Content-Type"] == "application/json"
    return orjson.loads(response.content)


def is_done(response: Any) -> bool:
    """Say whether a command was carried out: 204 without a body, and so without a media type."""
    return (response.status_code, response.content, "Content-Type" in response) == (204, b"", False)


def error_of(response: Any, status: int) -> dict[str, Any]:
    """The refusal in its envelope, with the code of its status."""
    body = body_of(response, status)
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert error["code"] == CODES[status]
    assert ("fields" in error) == (status == 422)
    assert ("retry_after" in error) == (status == 429)
    return error


def fields_of(response: Any) -> dict[str, list[str]]:
    """What is wrong with which field."""
    fields: dict[str, list[str]] = error_of(response, 422)["fields"]
    return fields


def items(response: Any) -> list[dict[str, Any]]:
    """The things of a page."""
    data: list[dict[str, Any]] = body_of(response)["data"]
    return data


@pytest.fixture
def make_phone(client: Client, principal_of: Callable[..., Principal]) -> Callable[..., Phone]:
    """Enroll somebody, unless it is done or not wanted, and sign a phone in."""

    def make(user: User, *, is_enrolled: bool = True) -> Phone:
        user.refresh_from_db()
        if is_enrolled and not user.is_enrolled:
            enroll(
                principal=principal_of(user),
                name=user.name,
                time_zone="UTC",
                has_accepted_terms=True,
                at=NOW,
            )
        client.raise_request_exception = False
        return Phone(client, issue_device_token(user=user, name="Phone", at=NOW).token)

    return make


@pytest.fixture
def phone(make_phone: Callable[..., Phone], owner: User) -> Phone:
    """The owner's."""
    return make_phone(owner)


@pytest.fixture
def teammates(make_phone: Callable[..., Phone], teammate: User, organization: object) -> Phone:
    """Somebody who shares the owner's organization."""
    return make_phone(teammate)


@pytest.fixture
def outsiders(make_phone: Callable[..., Phone], outsider: User) -> Phone:
    """Somebody else's."""
    return make_phone(outsider)


@pytest.fixture
def stranger(client: Client) -> Phone:
    """Nobody is signed in with it."""
    client.raise_request_exception = False
    return Phone(client)


@pytest.fixture
def others(teammates: Phone, outsiders: Phone) -> list[Phone]:
    """Those who must see and change nothing."""
    return [teammates, outsiders]


@pytest.fixture
def make_task(owner: User, principal_of: Callable[..., Principal]) -> Callable[..., Task]:
    """Make a task: make_task(title=..., user=...); columns= sets more."""

    def make(user: User = owner, columns: dict[str, Any] | None = None, **values: Any) -> Task:
        task = create_task(**{"principal": principal_of(user), "title": "Water", "at": NOW, **values})
        if columns:
            Task.objects.filter(pk=task.pk).update(**columns)
        return task

    return make


@pytest.fixture
def task(make_task: Callable[..., Task], project: Project) -> Task:
    """A pending task of the owner's in the project that the team-mate shares."""
    return make_task(project_id=project.pk)


@pytest.fixture
def webhook(owner: User, principal_of: Callable[..., Principal], settings: Settings) -> Webhook:
    """The owner's, subscribed to everything; nobody listens there."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    made, _ = register_webhook(
        principal=principal_of(owner),
        url="http://127.0.0.1:9/in",
        events=[event.value for event in Event],
        at=NOW,
    )
    return made


def everything() -> dict[str, list[Any]]:
    """All rows that a refused call must leave alone; that a credential is in use is no change."""
    models = (User, Credential, Project, Task, Occurrence, Schedule, Webhook, Charge, Delivery, PushToken)
    found = {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}
    for credential in found["Credential"]:
        del credential["last_used_at"]
    # Rows with nothing in them may be made by a call that is refused.
    spent = MonthLedger.objects.exclude(staked_cents=0, charged_cents=0).order_by("pk")
    return {**found, "MonthLedger": list(spent.values())}


def statements(call: Callable[[], Any]) -> int:
    """Count the statements of a call that works."""
    with CaptureQueriesContext(connection) as counted:
        body_of(call())
    return len(counted)
