"""Three people with project keys, and callers that speak as job runners do."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.utils.dateparse import parse_datetime

from accounts.models import Project, User
from accounts.operations.organizations import create_organization, create_project
from accounts.operations.project_keys import IssuedProjectKey, issue_project_key
from accounts.rules.principal import Principal
from tasks.models import Action, CheckIn, Monitor, Occurrence, Progress, Task
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.drain import drain
from tests.conftest import NOW

ABSENT = UUID(int=1)
NOT_FOUND = {
    "type": "client_error",
    "errors": [{"code": "not_found", "detail": "Not found.", "attr": None}],
}
CONFLICT = "conflict"


@dataclass
class Api:
    """A caller with a project key, and the place that its paths name."""

    client: Client
    key: str
    place: str = "acme/web"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call a path of the project: "", "<id>", "<id>/actions"."""
        return self.client.generic(
            method,
            f"/api/{self.place}/tasks/{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", **headers},
        )

    def make(self, name: str = "job", **said: Any) -> dict[str, Any]:
        """Make a task; it must succeed."""
        response = self.call("POST", "", {"name": name, **said})
        assert response.status_code == 201, response.content
        return response.json()

    def patch(self, task_id: object, **said: Any) -> dict[str, Any]:
        """Report on a task; it must succeed."""
        response = self.call("PATCH", f"{task_id}/", said)
        assert response.status_code == 200, response.content
        return response.json()

    def get(self, task_id: object) -> dict[str, Any]:
        """Read a task; it must succeed."""
        response = self.call("GET", f"{task_id}/")
        assert response.status_code == 200, response.content
        return response.json()


@pytest.fixture
def issue_key(project: Project, principal_of: Callable[..., Principal]) -> Callable[..., IssuedProjectKey]:
    """Give a person a key: issue_key(user, project)."""

    def make(user: User, place: Project = project) -> IssuedProjectKey:
        return issue_project_key(principal=principal_of(user), project_id=place.pk, name="ci", at=NOW)

    return make


@pytest.fixture
def api(client: Client, issue_key: Callable[..., IssuedProjectKey], owner: User) -> Api:
    """The owner, with a key to acme/web."""
    return Api(client, issue_key(owner).secret)


@pytest.fixture
def mates_api(client: Client, issue_key: Callable[..., IssuedProjectKey], teammate: User) -> Api:
    """The team-mate, with a key of their own to the same project."""
    return Api(client, issue_key(teammate).secret)


@pytest.fixture
def foreign_project(outsider: User, principal_of: Callable[..., Principal]) -> Project:
    """The outsider's project other/thing."""
    caller = principal_of(outsider)
    other = create_organization(principal=caller, name="Other", at=NOW)
    return create_project(principal=caller, organization_id=other.pk, name="Thing", at=NOW)


@pytest.fixture
def foreign_api(
    client: Client,
    issue_key: Callable[..., IssuedProjectKey],
    outsider: User,
    foreign_project: Project,
) -> Api:
    """The outsider, with a key to a project of their own."""
    return Api(client, issue_key(outsider, foreign_project).secret, "other/thing")


@pytest.fixture
def put_back() -> Callable[..., None]:
    """Move a task into the past, as if all that happened to it had happened earlier."""

    def move(task_id: object, **ago: float) -> None:
        earlier = timedelta(**ago)
        task = Task.objects.get(pk=task_id)
        task.updated_at, task.created_at = task.updated_at - earlier, task.created_at - earlier
        task.save(update_fields=["updated_at", "created_at"])
        facet = Progress.objects.get(pk=task_id)
        names = ("start_time", "stale_check_at", "overrun_at")
        moved = {name: getattr(facet, name) - earlier for name in names if getattr(facet, name)}
        Progress.objects.filter(pk=task_id).update(**moved)

    return move


def error(code: str, attr: str | None, detail: str | None = None) -> dict[str, Any]:
    """One refused value, as it stands in the envelope; without `detail` the sentence is not looked at."""
    return {"code": code, "attr": attr, **({"detail": detail} if detail else {})}


def refusal(response: Any) -> tuple[int, str, list[dict[str, Any]]]:
    """Take a refusal apart: status, type, and its errors without their sentences."""
    body = response.json()
    assert set(body) == {"type", "errors"}
    for each in body["errors"]:
        assert set(each) == {"code", "detail", "attr"}
        assert each["detail"]
    errors = [{"code": each["code"], "attr": each["attr"]} for each in body["errors"]]
    return response.status_code, body["type"], errors


def invalid(code: str, attr: str | None) -> tuple[int, str, list[dict[str, Any]]]:
    """What a refusal of one value is, taken apart."""
    return 400, "validation_error", [{"code": code, "attr": attr}]


def mails() -> list[str]:
    """Send what waits, and list the subjects of all mails in the order in which they were queued."""
    drain()
    queued = list(Delivery.objects.filter(kind="mail").order_by("pk").values_list("state", flat=True))
    assert set(queued) <= {"delivered"}
    return sorted(message.subject for message in mail.outbox)


def waiting() -> int:
    """Count the mails that wait to be sent."""
    return Delivery.objects.filter(kind="mail", state="pending").count()


def moment(text: str) -> datetime:
    """Read an instant off the wire."""
    found = parse_datetime(text)
    assert found is not None
    assert text.endswith("Z")
    return found


def later(**ahead: float) -> datetime:
    """A moment from now, for sweeps."""
    return clock.now() + timedelta(**ahead)


def everything() -> dict[str, list[Any]]:
    """All rows that a refused call must leave alone."""
    models = (Task, Progress, Action, Occurrence, Monitor, CheckIn, Delivery)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
