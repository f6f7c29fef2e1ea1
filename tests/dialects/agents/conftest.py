"""Three people with personal keys, and callers that speak as agent desktops do."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from accounts.models import Credential, Project, PushToken, User
from accounts.operations.organizations import create_organization, create_project
from accounts.operations.personal_keys import IssuedPersonalKey, issue_personal_key
from accounts.rules.principal import Principal
from tasks.models import Artifact, Brief, LogChunk, Presence, PushCoolDown, Run, Task
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW

ABSENT = UUID(int=1)
NOT_FOUND = {"type": "invalid_request", "code": "not_found", "detail": "Not found.", "attr": None}
NO_PROJECT = {**NOT_FOUND, "detail": "Project not found."}


@dataclass
class Api:
    """A caller with a personal key, and the project that its paths name."""

    client: Client
    key: str
    project: int | str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call a path of the project: "tasks/", "tasks/<id>/run/"; one with a slash in front is whole."""
        return self.client.generic(
            method,
            path if path.startswith("/") else f"/api/projects/{self.project}/{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", **headers},
        )

    def make(self, **said: Any) -> dict[str, Any]:
        """Make a task; it must succeed."""
        response = self.call("POST", "tasks/", {"title": "Fix login", **said})
        assert response.status_code == 201, response.content
        return response.json()

    def patch(self, task_id: object, **said: Any) -> dict[str, Any]:
        """Change a task; it must succeed."""
        response = self.call("PATCH", f"tasks/{task_id}/", said)
        assert response.status_code == 200, response.content
        return response.json()

    def get(self, task_id: object) -> dict[str, Any]:
        """Read a task; it must succeed."""
        response = self.call("GET", f"tasks/{task_id}/")
        assert response.status_code == 200, response.content
        return response.json()

    def ids(self, query: str = "") -> list[str]:
        """List the ids of tasks; it must succeed."""
        response = self.call("GET", f"tasks/{query}")
        assert response.status_code == 200, response.content
        return [task["id"] for task in response.json()["results"]]


@pytest.fixture
def issue_key(principal_of: Callable[..., Principal]) -> Callable[..., IssuedPersonalKey]:
    """Give a person a key: issue_key(user, "task:read", project_ids=[...])."""

    def make(user: User, *scopes: str, **options: Any) -> IssuedPersonalKey:
        return issue_personal_key(
            principal=principal_of(user), name="desktop", scopes=scopes or ("*",), at=NOW, **options
        )

    return make


@pytest.fixture
def api(client: Client, issue_key: Callable[..., IssuedPersonalKey], owner: User, project: Project) -> Api:
    """The owner, with a key that writes tasks and registers devices, in acme/web."""
    return Api(client, issue_key(owner, "task:write", "user:write").secret, project.pk)


@pytest.fixture
def mates_api(
    client: Client, issue_key: Callable[..., IssuedPersonalKey], teammate: User, project: Project
) -> Api:
    """The team-mate, with a key of their own, in the same project."""
    return Api(client, issue_key(teammate).secret, project.pk)


@pytest.fixture
def outsiders_api(
    client: Client, issue_key: Callable[..., IssuedPersonalKey], outsider: User, project: Project
) -> Api:
    """The outsider, with a key of their own, calling the owner's project."""
    return Api(client, issue_key(outsider).secret, project.pk)


@pytest.fixture
def foreign_project(outsider: User, principal_of: Callable[..., Principal]) -> Project:
    """The outsider's project other/thing."""
    caller = principal_of(outsider)
    other = create_organization(principal=caller, name="Other", at=NOW)
    return create_project(principal=caller, organization_id=other.pk, name="Thing", at=NOW)


def invalid(code: str, attr: str | None, detail: str = "") -> tuple[int, dict[str, Any]]:
    """What refusal() makes of the refusal of one value; without `detail` the sentence is not looked at."""
    return 400, {"type": "validation_error", "code": code, "attr": attr, "detail": detail}


def refusal(response: Any, *, with_detail: bool = True) -> tuple[int, dict[str, Any]]:
    """Take a refusal apart: status and body, which must have its four keys."""
    body = response.json()
    assert set(body) == {"type", "code", "detail", "attr"}
    assert body["detail"]
    return response.status_code, body if with_detail else {**body, "detail": ""}


def everything() -> dict[str, list[Any]]:
    """All rows that a refused call must leave alone."""
    models: tuple[Any, ...] = (
        Task, Brief, Run, LogChunk, Artifact, Presence, PushCoolDown, PushToken, Delivery
    )  # fmt: skip
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
    return {**rows, "Credential": list(Credential.objects.order_by("pk").values("pk", "revoked_at"))}
