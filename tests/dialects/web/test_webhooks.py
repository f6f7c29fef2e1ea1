"""/webhooks/: making and changing them, with a secret that is shown once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Session, User
from tasks.models import Webhook
from tests.dialects.web.conftest import ABSENT, rows

pytestmark = pytest.mark.django_db

URL = "https://hooks.example.com/in"
CHANGES = ["enable", "disable", "rotate", "test", "delete"]


def secret_in(answer: Any) -> str:
    """Return the secret that the page shows once."""
    assert answer.status_code == 200
    secret: str = answer.context["secret"]
    assert answer.content.decode().count(secret) == 1
    assert answer["Cache-Control"] == "no-store"
    return secret


def test_a_new_one_shows_its_secret_once(person: Client, owner: User) -> None:
    answer = person.post("/webhooks/new", {"url": URL, "events": ["task.triggered", "task.missed"]})

    secret = secret_in(answer)
    webhook = Webhook.objects.get()
    assert (webhook.user, webhook.url, webhook.events) == (owner, URL, ["task.triggered", "task.missed"])
    pages = ["/webhooks/", f"/webhooks/{webhook.pk}", f"/webhooks/{webhook.pk}/edit"]
    assert [secret in person.get(page).content.decode() for page in pages] == [False] * 3
    assert secret not in str(Webhook.objects.values().get())
    assert secret not in str(Session.objects.values().get())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": "http://127.0.0.1:8000/"}, "url"),
        ({"url": "https://169.254.169.254/"}, "url"),
        ({"url": "https://me:secret@example.com/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["task.exploded"]}, "events"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, Any], field: str, person: Client) -> None:
    answer = person.post("/webhooks/new", {"url": URL, "events": ["task.triggered"], **given})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Webhook.objects.count() == 0


def test_twenty_are_enough(person: Client) -> None:
    for _ in range(20):
        person.post("/webhooks/new", {"url": URL, "events": ["task.triggered"]})

    answer = person.post("/webhooks/new", {"url": URL, "events": ["task.triggered"]})

    assert answer.status_code == 422
    assert b"There are too many webhooks already." in answer.content
    assert Webhook.objects.count() == 20


def test_an_edit_is_written(person: Client, webhook: Webhook) -> None:
    answer = person.post(f"/webhooks/{webhook.pk}/edit", {"url": URL, "events": ["task.skipped"]})

    webhook.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, f"/webhooks/{webhook.pk}")
    assert (webhook.url, webhook.events) == (URL, ["task.skipped"])


def test_off_and_on(person: Client, webhook: Webhook) -> None:
    person.post(f"/webhooks/{webhook.pk}/disable")
    webhook.refresh_from_db()
    assert (webhook.is_enabled, webhook.disabled_reason) == (False, "owner")
    assert b"You switched it off." in person.get(f"/webhooks/{webhook.pk}").content

    person.post(f"/webhooks/{webhook.pk}/enable")
    webhook.refresh_from_db()
    assert webhook.is_enabled


def test_a_new_secret_leaves_the_old_one_for_a_day(person: Client, webhook: Webhook) -> None:
    old = webhook.secret_sealed

    secret_in(person.post(f"/webhooks/{webhook.pk}/rotate"))

    webhook.refresh_from_db()
    assert webhook.previous_secret_sealed == old
    assert webhook.secret_sealed != old
    assert b"The secret before signs, too, until" in person.get(f"/webhooks/{webhook.pk}").content


def test_delete_asks_first(person: Client, webhook: Webhook) -> None:
    assert person.get(f"/webhooks/{webhook.pk}/delete").status_code == 200
    assert Webhook.objects.count() == 1

    answer = person.post(f"/webhooks/{webhook.pk}/delete")

    assert (answer.status_code, answer["Location"]) == (302, "/webhooks/")
    assert Webhook.objects.count() == 0


def test_nothing_is_sent_to_one_that_is_off(person: Client, webhook: Webhook) -> None:
    person.post(f"/webhooks/{webhook.pk}/disable")
    before = rows()

    answer = person.post(f"/webhooks/{webhook.pk}/test")

    assert answer.status_code == 409
    assert b"This webhook is switched off." in answer.content
    assert rows() == before


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_elses(
    change: str,
    webhook: Webhook,
    organization: object,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
) -> None:
    before = rows()

    for user in (teammate, outsider):
        assert sign_in(user).post(f"/webhooks/{webhook.pk}/{change}").status_code == 404
        assert sign_in(user).get(f"/webhooks/{webhook.pk}").status_code == 404
        assert sign_in(user).get(f"/webhooks/{webhook.pk}/edit").status_code == 404
        assert webhook.url not in sign_in(user).get("/webhooks/").content.decode()
    assert rows() == before


@pytest.mark.parametrize("change", CHANGES)
def test_absent_ones_are_not_found(change: str, person: Client) -> None:
    assert person.post(f"/webhooks/{ABSENT}/{change}").status_code == 404


def test_one_webhook_and_three_cost_the_same(
    person: Client, settings: Settings, django_assert_num_queries: Any
) -> None:
    person.post("/webhooks/new", {"url": URL, "events": ["task.triggered"]})
    person.get("/webhooks/")
    with django_assert_num_queries(3 if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else 4):
        person.get("/webhooks/")
    for _ in range(2):
        person.post("/webhooks/new", {"url": URL, "events": ["task.triggered"]})
    person.get("/webhooks/")
    with django_assert_num_queries(3 if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else 4):
        person.get("/webhooks/")
