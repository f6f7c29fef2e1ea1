"""People with a browser: a client that is signed in, and the tasks that they look at."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Credential, Project, User
from accounts.rules.principal import Principal
from tasks.models import Monitor, Occurrence, ProjectAction, Schedule, Task, Webhook
from tasks.operations.editing import create_task
from tasks.operations.webhooks import register_webhook
from tasks.rules.vocabulary import Event
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import clear_payload
from tests.conftest import NOW

ABSENT = "01900000-0000-7000-8000-000000000000"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Give somebody a browser that is signed in."""

    def make(user: User) -> Client:
        person = Client()
        person.force_login(user)
        return person

    return make


@pytest.fixture
def person(owner: User, sign_in: Callable[[User], Client]) -> Client:
    """The owner's."""
    return sign_in(owner)


@pytest.fixture
def make_task(owner: User, principal_of: Callable[..., Principal]) -> Callable[..., Task]:
    """Make a task: make_task(title="Water the plants", user=...); columns= sets more."""

    def make(user: User = owner, columns: dict[str, Any] | None = None, **values: Any) -> Task:
        values = {"title": "Water the plants", "at": NOW, **values}
        task = create_task(principal=principal_of(user), **values)
        if columns:
            Task.objects.filter(pk=task.pk).update(**columns)
        return task

    return make


@pytest.fixture
def task(make_task: Callable[..., Task]) -> Task:
    """A pending task in the owner's Inbox."""
    return make_task()


@pytest.fixture
def shared_task(make_task: Callable[..., Task], project: Project) -> Task:
    """A task of the owner's in the project that the team-mate shares."""
    return make_task(title="Shared work", project_id=project.pk)


@pytest.fixture
def webhook(owner: User, principal_of: Callable[..., Principal], settings: Settings) -> Webhook:
    """A webhook of the owner's, subscribed to everything; nobody listens there."""
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True
    made, _ = register_webhook(
        principal=principal_of(owner),
        url="http://127.0.0.1:9/in",
        events=[event.value for event in Event],
        at=NOW,
    )
    return made


def mails() -> list[dict[str, Any]]:
    """Every mail that waits to be sent, oldest first: to, subject, text."""
    queued = Delivery.objects.filter(kind="mail").order_by("pk")
    return [json.loads(clear_payload(delivery)) for delivery in queued]


def rows() -> dict[str, list[Any]]:
    """Everything that a page could have changed."""
    models = (
        User,
        Credential,
        Project,
        Task,
        Occurrence,
        Schedule,
        Webhook,
        ProjectAction,
        Monitor,
        Delivery,
    )
    found = {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}
    for user in found["User"]:
        del user["last_login"]  # signing in is no change
    return found
