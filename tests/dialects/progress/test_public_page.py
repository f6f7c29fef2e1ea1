"""The addresses in `url` and `public_url`: case 40 of progress.md; and the link in mails of actions."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Project, User
from tasks.models import ActionMailOptOut, Task
from tasks.operations.action_mail import opt_out_url
from tests.conftest import NOW
from tests.dialects.progress.conftest import Api

pytestmark = pytest.mark.django_db

PRIVATE = {
    "name": "NAME-PRIVATE",
    "data": {"x": "DATA-PRIVATE"},
    "tags": {"t": "TAG-PRIVATE"},
    "queue": "QUEUE-PRIVATE",
    "external_id": "EXTERNAL-PRIVATE",
}


def path_of(address: str) -> str:
    assert address.startswith(settings.TASKTRACKER_BASE_URL)
    return address.removeprefix(settings.TASKTRACKER_BASE_URL)


def test_case_40_strangers_see_status_and_percent_only(api: Api, client: Client) -> None:
    made = api.make(status="processing", value=1, value_max=3, **PRIVATE)

    response = client.get(path_of(made["public_url"]))

    page = response.content.decode()
    assert response.status_code == 200
    assert "processing" in page
    assert "33 %" in page
    assert '<progress class="progress progress-primary" value="1" max="3"' in page
    assert "PRIVATE" not in page
    assert "acme" not in page
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_a_task_without_a_value_has_no_bar(api: Api, client: Client) -> None:
    made = api.make()

    page = client.get(path_of(made["public_url"])).content.decode()

    assert "pending" in page
    assert "<progress" not in page


def test_a_project_can_switch_its_public_pages_off(
    api: Api, client: Client, project: Project, at: datetime
) -> None:
    made = api.make()
    Project.objects.filter(pk=project.pk).update(public_pages_off_at=at)

    assert client.get(path_of(made["public_url"])).status_code == 404
    assert api.get(made["id"])["public_url"] == made["public_url"]


def test_what_is_not_there_or_deleted_has_no_page(api: Api, client: Client) -> None:
    made = api.make()
    Task.objects.update(deleted_at=NOW)

    for address in (path_of(made["public_url"]), f"/public/tasks/{uuid4()}/", "/public/tasks/x/"):
        assert client.get(address).status_code == 404
    assert client.post(path_of(made["public_url"])).status_code in {403, 405}


def test_the_other_address_leads_to_the_tasks_page(api: Api, client: Client, owner: User) -> None:
    made = api.make("for members")

    strangers = client.get(path_of(made["url"]), follow=True)
    client.force_login(owner)
    members = client.get(path_of(made["url"]), follow=True)

    assert "for members" not in strangers.content.decode()
    assert (members.status_code, members.request["PATH_INFO"]) == (200, f"/tasks/{made['id']}")
    assert "for members" in members.content.decode()


# --- no more mail -------------------------------------------------------------------------------------------
@pytest.fixture
def link(project: Project) -> str:
    return path_of(opt_out_url(organization_id=project.organization_id, email="ann@example.com"))


def test_a_look_at_the_link_changes_nothing(client: Client, link: str) -> None:
    page = client.get(link).content.decode()

    assert "Acme" in page
    assert "ann@example.com" in page
    assert ActionMailOptOut.objects.count() == 0


def test_a_post_ends_the_mail_also_from_a_mail_program(client: Client, link: str, project: Project) -> None:
    for _ in range(2):
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200

    row = ActionMailOptOut.objects.get()
    assert (row.organization_id, row.email) == (project.organization_id, "ann@example.com")


@pytest.mark.parametrize("key", ["x", "a:b:c", "eyJ9:1:x"])
def test_a_made_up_link_means_nothing(client: Client, key: str) -> None:
    for answer in (client.get(f"/unsubscribe/{key}/"), client.post(f"/unsubscribe/{key}/")):
        assert answer.status_code == 404
    assert ActionMailOptOut.objects.count() == 0
