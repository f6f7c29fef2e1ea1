"""/projects/<id>/keys: a key is shown once, in both spellings, and ends when it is revoked."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Credential, Project, Session, User
from accounts.operations.project_keys import IssuedProjectKey, issue_project_key
from accounts.rules.principal import Principal
from tests.conftest import NOW
from tests.dialects.web.conftest import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_key(principal_of: Callable[..., Principal], project: Project) -> Callable[[User], IssuedProjectKey]:
    """Make a key in somebody's name."""
    return lambda user: issue_project_key(
        principal=principal_of(user), project_id=project.pk, name="CI", at=NOW
    )


def issued_in(answer: Any) -> IssuedProjectKey:
    """Return the key that the page shows once."""
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    issued: IssuedProjectKey = answer.context["issued"]
    return issued


def test_a_new_one_is_shown_once_in_both_spellings(
    person: Client, project: Project, settings: Settings
) -> None:
    settings.TASKTRACKER_BASE_URL = "https://tasks.example.com"

    answer = person.post(f"/projects/{project.pk}/keys/new", {"name": "nightly import"})

    issued = issued_in(answer)
    page = answer.content.decode()
    assert page.count(issued.secret) == page.count(f"TASKBADGER_API_KEY={issued.encoded}") == 1
    assert "TASKBADGER_HOST=https://tasks.example.com" in page
    assert base64.b64decode(issued.encoded).decode() == f"acme/web/{issued.secret}"
    listed = person.get(f"/projects/{project.pk}/keys").content.decode()
    assert ("nightly import" in listed, issued.secret in listed, issued.encoded in listed) == (
        True,
        False,
        False,
    )
    stored = str(Credential.objects.values().get()) + str(Session.objects.values().get())
    assert (issued.secret in stored, issued.encoded in stored) == (False, False)


@pytest.mark.parametrize("spelling", ["secret", "encoded"])
def test_it_works_until_it_is_revoked(
    spelling: str, person: Client, client: Client, project: Project
) -> None:
    issued = issued_in(person.post(f"/projects/{project.pk}/keys/new", {"name": "CI"}))
    headers = {"Authorization": f"Bearer {getattr(issued, spelling)}"}

    before = client.get("/api/acme/web/tasks/", headers=headers).status_code
    answer = person.post(f"/projects/{project.pk}/keys/{issued.credential.pk}/revoke")
    after = client.get("/api/acme/web/tasks/", headers=headers).status_code

    assert (before, after) == (200, 401)
    assert answer["Location"] == f"/projects/{project.pk}/keys"


@pytest.mark.parametrize("name", ["", "  ", "n" * 201])
def test_a_key_needs_a_name(name: str, person: Client, project: Project) -> None:
    before = rows()

    answer = person.post(f"/projects/{project.pk}/keys/new", {"name": name})

    assert (answer.status_code, list(answer.context["form"].errors), rows()) == (422, ["name"], before)


def test_members_make_keys_and_outsiders_do_not(
    project: Project, teammate: User, outsider: User, sign_in: Callable[[User], Client]
) -> None:
    path = f"/projects/{project.pk}/keys/new"

    answers = [sign_in(user).post(path, {"name": "CI"}).status_code for user in (teammate, outsider)]

    assert answers == [200, 404]
    assert list(Credential.objects.values_list("user__email", flat=True)) == ["teammate@example.com"]


def test_who_revokes_whose(
    project: Project,
    owner: User,
    teammate: User,
    outsider: User,
    sign_in: Callable[[User], Client],
    make_key: Callable[[User], IssuedProjectKey],
) -> None:
    owners, mates = make_key(owner).credential, make_key(teammate).credential

    def revoke(user: User, key: Credential) -> int:
        path = f"/projects/{project.pk}/keys/{key.pk}/revoke"
        return sign_in(user).post(path).status_code

    assert [revoke(outsider, owners), revoke(teammate, owners)] == [404, 403]
    assert not Credential.objects.exclude(revoked_at=None).exists()
    assert [revoke(teammate, mates), revoke(owner, mates), revoke(owner, owners)] == [302, 409, 302]


def test_revoke_is_offered_to_who_may(
    project: Project,
    owner: User,
    teammate: User,
    sign_in: Callable[[User], Client],
    make_key: Callable[[User], IssuedProjectKey],
) -> None:
    make_key(owner)

    pages = [sign_in(user).get(f"/projects/{project.pk}/keys").content for user in (owner, teammate)]

    assert [b"Revoke: CI" in page for page in pages] == [True, False]
