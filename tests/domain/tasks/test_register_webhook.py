"""Registering webhooks, of an account and of a project: the secret is shown once and kept sealed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import Membership, Project, User
from accounts.rules.principal import Principal
from tasks.models import Task, Webhook
from tasks.operations.webhooks import (
    TooManyWebhooks,
    WebhookSlugTaken,
    register_project_webhook,
    register_webhook,
    secret_purpose,
)
from tasks.queries.webhooks import project_webhooks, webhook_visible_to, webhooks_of
from tasks.rules.subscriptions import MAX_PER_ACCOUNT
from tasktracker.core.errors import Forbidden, Invalid, NotFound
from tasktracker.core.sealing import unseal

URL = "https://hooks.example.com/in?key=1"
EVENTS = ["task.triggered", "task.skipped"]


def test_a_webhook_is_stored_with_its_secret_sealed(caller: Principal, owner: User, at: datetime) -> None:
    webhook, secret = register_webhook(principal=caller, url=URL, events=EVENTS, at=at)

    stored = Webhook.objects.values().get()
    sealed = stored.pop("secret_sealed")
    assert stored == {
        "id": webhook.pk,
        "user_id": owner.pk,
        "project_id": None,
        "slug": "",
        "url": URL,
        "events": EVENTS,
        "previous_secret_sealed": "",
        "previous_secret_until": None,
        "is_enabled": True,
        "disabled_reason": "",
        "failing_since": None,
        "created_at": at,
        "updated_at": at,
    }
    assert secret.startswith("whsec_")
    assert secret not in sealed
    assert unseal(sealed, purpose=secret_purpose(webhook.pk)).decode() == secret


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"url": "http://hooks.example.com/"}, ["url"]),
        ({"url": "https://169.254.169.254/latest"}, ["url"]),
        ({"url": "https://[::ffff:127.0.0.1]/"}, ["url"]),
        ({"url": "https://u:p@hooks.example.com/"}, ["url"]),
        ({"url": "https://localhost/"}, ["url"]),
        ({"url": ""}, ["url"]),
        ({"url": "https://hooks.example.com/" + "x" * 2048}, ["url"]),
        ({"events": []}, ["events"]),
        ({"events": ["task.triggered", "task.exploded"]}, ["events.1"]),
        ({"events": ["task.triggered", "task.triggered"]}, ["events.1"]),
        ({"events": ["webhook.test"]}, ["events.0"]),
        ({"url": "ftp://x", "events": []}, ["url", "events"]),
    ],
)
def test_bad_values_are_named_and_nothing_is_made(
    caller: Principal, at: datetime, values: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        register_webhook(**{"principal": caller, "url": URL, "events": EVENTS, "at": at, **values})

    assert [problem.field for problem in refusal.value.problems] == fields
    assert not Webhook.objects.exists()


def test_loopback_is_opened_for_development_only(caller: Principal, at: datetime, settings: Any) -> None:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True

    webhook, _ = register_webhook(principal=caller, url="http://127.0.0.1:9999/", events=EVENTS, at=at)

    assert webhook.url == "http://127.0.0.1:9999/"


def test_an_account_has_a_limited_number(
    make_webhook: Callable[..., Webhook],
    caller: Principal,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    for _ in range(MAX_PER_ACCOUNT):
        make_webhook()

    with pytest.raises(TooManyWebhooks):
        register_webhook(principal=caller, url=URL, events=EVENTS, at=at)

    assert webhooks_of(caller).count() == MAX_PER_ACCOUNT
    register_webhook(principal=principal_of(outsider), url=URL, events=EVENTS, at=at)


@pytest.mark.parametrize("kind", ["task token", "project key"])
def test_a_narrow_credential_neither_sees_nor_makes_webhooks(
    task: Task,
    webhook: Webhook,
    project: Project,
    owner: User,
    principal_of: Callable[..., Principal],
    at: datetime,
    kind: str,
) -> None:
    narrow = {
        "task token": principal_of(owner, kind="triggers_token", scopes=frozenset({f"task:{task.pk}"})),
        "project key": principal_of(owner, kind="project_key", project_id=project.pk),
    }[kind]

    with pytest.raises(Forbidden):
        register_webhook(principal=narrow, url=URL, events=EVENTS, at=at)
    with pytest.raises(Forbidden):
        webhooks_of(narrow)
    with pytest.raises(Forbidden):
        webhook_visible_to(narrow, webhook.pk)

    assert Webhook.objects.count() == 1


def test_a_manager_names_a_webhook_of_a_project(project: Project, caller: Principal, at: datetime) -> None:
    webhook, secret = register_project_webhook(
        principal=caller, project_id=project.pk, slug="audit", url=URL, at=at
    )

    assert (webhook.user_id, webhook.project_id, webhook.slug, webhook.events) == (
        None,
        project.pk,
        "audit",
        [],
    )
    assert secret.startswith("whsec_")
    assert list(project_webhooks(caller, project.pk)) == [webhook]
    assert list(webhooks_of(caller)) == []


def test_members_and_outsiders_name_none(
    project: Project,
    teammate: User,
    outsider: User,
    principal_of: Callable[..., Principal],
    at: datetime,
) -> None:
    values: dict[str, Any] = {"project_id": project.pk, "slug": "audit", "url": URL, "at": at}

    with pytest.raises(Forbidden):
        register_project_webhook(principal=principal_of(teammate), **values)
    with pytest.raises(NotFound):
        register_project_webhook(principal=principal_of(outsider), **values)
    assert not Webhook.objects.exists()

    Membership.objects.filter(user=teammate, organization=project.organization_id).update(role="admin")
    register_project_webhook(principal=principal_of(teammate), **values)


@pytest.mark.parametrize("slug", ["", "Audit", "a_b", "-a", "x" * 43])
def test_a_bad_slug_is_named(project: Project, caller: Principal, at: datetime, slug: str) -> None:
    with pytest.raises(Invalid) as refusal:
        register_project_webhook(principal=caller, project_id=project.pk, slug=slug, url=URL, at=at)

    assert [problem.field for problem in refusal.value.problems] == ["slug"]


def test_a_slug_is_taken_once_in_a_project(project: Project, caller: Principal, at: datetime) -> None:
    register_project_webhook(principal=caller, project_id=project.pk, slug="audit", url=URL, at=at)

    with pytest.raises(WebhookSlugTaken):
        register_project_webhook(principal=caller, project_id=project.pk, slug="audit", url=URL, at=at)

    assert Webhook.objects.count() == 1
