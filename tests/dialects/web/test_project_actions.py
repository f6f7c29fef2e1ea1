"""/projects/<id>/actions and /webhooks: rules for all tasks of a project, and where they send."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from tasks.models import ProjectAction, Webhook
from tests.dialects.web.conftest import rows

pytestmark = pytest.mark.django_db

URL = "https://hooks.example.com/in"
MAIL = {
    "name": "Failed",
    "trigger": "error,stale",
    "integration": "email",
    "to": "a@example.com, b@example.com",
}


@pytest.fixture
def action(person: Client, project: Project) -> ProjectAction:
    """An action that mails, made on the page."""
    person.post(f"/projects/{project.pk}/actions/new", {**MAIL, "pattern": "^import-"})
    return ProjectAction.objects.get()


@pytest.fixture
def ci(person: Client, project: Project) -> Webhook:
    """The project's webhook "ci", made on the page."""
    person.post(f"/projects/{project.pk}/webhooks/new", {"slug": "ci", "url": URL})
    return Webhook.objects.get()


# --- actions ------------------------------------------------------------------------------------------------
def test_a_new_action_is_written(action: ProjectAction, person: Client, project: Project) -> None:
    said = (action.name, action.pattern, action.trigger, action.integration, json.loads(action.config))
    assert said == ("Failed", "^import-", "error,stale", "email", {"to": MAIL["to"]})
    assert (action.project, action.is_enabled) == (project, True)

    page = person.get(f"/projects/{project.pk}/actions").content.decode()
    assert "^import-" in page
    assert "error,stale" in page


def test_an_action_can_tell_a_webhook_in_every_project(person: Client, project: Project, ci: Webhook) -> None:
    said = {**MAIL, "integration": "webhook:ci", "to": "ignored", "is_for_all_projects": "on"}

    person.post(f"/projects/{project.pk}/actions/new", said)

    action = ProjectAction.objects.get()
    assert (action.project, action.organization) == (None, project.organization)
    assert (action.integration, action.config) == ("webhook:ci", "{}")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"trigger": ""}, "trigger"),
        ({"trigger": "abc"}, "trigger"),
        ({"trigger": "*/0"}, "trigger"),
        ({"pattern": "(unclosed"}, "pattern"),
        ({"pattern": "(?=lookahead)"}, "pattern"),
        ({"to": ""}, "to"),
        ({"to": "nobody"}, "to"),
        ({"to": ",".join(f"{letter}@example.com" for letter in "abcdef")}, "to"),
        ({"integration": "webhook:none"}, "integration"),
        ({"integration": "sms"}, "integration"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, str], field: str, person: Client, project: Project) -> None:
    before = rows()

    answer = person.post(f"/projects/{project.pk}/actions/new", {**MAIL, **given})

    assert (answer.status_code, list(answer.context["form"].errors), rows()) == (422, [field], before)


def test_an_edit_is_written(action: ProjectAction, person: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/actions/{action.pk}/edit"
    shown = person.get(path).context["form"].initial
    assert shown == {
        **{name: MAIL[name] for name in ("name", "trigger", "integration", "to")},
        "pattern": "^import-",
        "is_for_all_projects": False,
    }

    answer = person.post(path, {**MAIL, "trigger": "success"})

    action.refresh_from_db()
    assert (answer.status_code, action.trigger, action.pattern) == (302, "success", "")


def test_off_on_and_gone(action: ProjectAction, person: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/actions/{action.pk}"

    person.post(f"{path}/disable")
    action.refresh_from_db()
    assert not action.is_enabled
    person.post(f"{path}/enable")
    action.refresh_from_db()
    assert action.is_enabled
    assert b"The action is deleted." in person.post(f"{path}/delete", follow=True).content
    assert not ProjectAction.objects.exists()


@pytest.mark.parametrize("change", ["edit", "disable", "enable", "delete"])
def test_managers_only(
    change: str,
    action: ProjectAction,
    project: Project,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
) -> None:
    path, before = f"/projects/{project.pk}/actions/{action.pk}/{change}", rows()

    answers = [sign_in(user).post(path, MAIL).status_code for user in (teammate, outsider)]
    absent = sign_in(teammate).post(f"/projects/{project.pk}/actions/new", MAIL).status_code

    assert (answers, absent, rows()) == ([403, 404], 403, before)


def test_members_read_and_are_offered_nothing(
    action: ProjectAction, project: Project, teammate: User, sign_in: Callable[[User], Client]
) -> None:
    page = sign_in(teammate).get(f"/projects/{project.pk}/actions").content

    assert (b"Failed" in page, b"Switch off" in page, b"New action" in page) == (True, False, False)


@pytest.mark.parametrize("change", ["edit", "disable", "enable", "delete"])
def test_an_action_of_another_organization_is_not_found(
    change: str, action: ProjectAction, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    own = outsider.personal_organization.projects.get()
    before = rows()

    answer = sign_in(outsider).post(f"/projects/{own.pk}/actions/{action.pk}/{change}", MAIL)

    assert (answer.status_code, rows()) == (404, before)


# --- webhooks -----------------------------------------------------------------------------------------------
def test_a_new_webhook_shows_its_secret_once(person: Client, project: Project) -> None:
    answer = person.post(f"/projects/{project.pk}/webhooks/new", {"slug": "ci", "url": URL})

    webhook = Webhook.objects.get()
    secret = answer.context["secret"]
    assert (answer["Cache-Control"], answer.content.decode().count(secret)) == ("no-store", 1)
    assert (webhook.project, webhook.slug, webhook.url) == (project, "ci", URL)
    for path in (f"/projects/{project.pk}/webhooks", f"/webhooks/{webhook.pk}"):
        page = person.get(path).content.decode()
        assert ("webhook:ci" in page, secret in page) == (True, False)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"slug": ""}, "slug"), ({"slug": "Not Good"}, "slug"), ({"url": "http://10.0.0.1/"}, "url")],
)
def test_a_wrong_webhook_is_refused(
    given: dict[str, Any], field: str, person: Client, project: Project
) -> None:
    answer = person.post(f"/projects/{project.pk}/webhooks/new", {"slug": "ci", "url": URL, **given})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Webhook.objects.exists()


def test_a_slug_is_given_once(person: Client, project: Project, ci: Webhook) -> None:
    answer = person.post(f"/projects/{project.pk}/webhooks/new", {"slug": "ci", "url": URL})

    assert (answer.status_code, Webhook.objects.count()) == (409, 1)
    assert b"This project has a webhook with this slug already." in answer.content


def test_its_address_is_edited_and_it_leads_back_to_the_project(
    person: Client, project: Project, ci: Webhook
) -> None:
    assert list(person.get(f"/webhooks/{ci.pk}/edit").context["form"].fields) == ["url"]
    person.post(f"/webhooks/{ci.pk}/edit", {"url": f"{URL}/new"})
    ci.refresh_from_db()
    assert (ci.url, ci.events) == (f"{URL}/new", [])

    answer = person.post(f"/webhooks/{ci.pk}/delete")

    assert answer["Location"] == f"/projects/{project.pk}/webhooks"
    assert not Webhook.objects.exists()


def test_webhooks_are_the_managers(
    project: Project, ci: Webhook, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    before = rows()
    path = f"/projects/{project.pk}/webhooks"

    assert b"webhook:ci" not in sign_in(teammate).get(path).content
    answers = [
        sign_in(user).post(f"{path}/new", {"slug": "own", "url": URL}).status_code
        for user in (teammate, outsider)
    ]
    pages = [sign_in(user).get(f"/webhooks/{ci.pk}").status_code for user in (teammate, outsider)]

    assert (answers, pages, rows()) == ([403, 404], [404, 404], before)
