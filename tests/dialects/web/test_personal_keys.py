"""/settings/keys: a personal key is shown once, does what its scopes say, and ends when it is revoked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Credential, Project, Session, User
from accounts.operations.personal_keys import IssuedPersonalKey, issue_personal_key
from accounts.rules.principal import Principal
from tests.conftest import NOW
from tests.dialects.web.conftest import ABSENT, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_key(principal_of: Callable[..., Principal]) -> Callable[..., IssuedPersonalKey]:
    """Make a key of somebody's."""
    return lambda user, **options: issue_personal_key(
        principal=principal_of(user), name="laptop", scopes=["task:write"], at=NOW, **options
    )


def made(answer: Any) -> str:
    """Return the key that the page shows once."""
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    secret: str = answer.context["issued"].secret
    assert answer.content.decode().count(secret) == 1
    return secret


def listing(client: Client, project: Project, key: str) -> int:
    path = f"/api/projects/{project.pk}/tasks/"
    return client.get(path, headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_new_one_is_shown_once(person: Client) -> None:
    secret = made(person.post("/settings/keys/new", {"name": "laptop", "scopes": ["task:write"]}))

    listed = person.get("/settings/keys").content.decode()
    stored = str(Credential.objects.values().get()) + str(Session.objects.values().get())
    assert ("laptop" in listed, "task:write" in listed, "every project" in listed) == (True, True, True)
    assert (secret in listed, secret in stored) == (False, False)


def test_it_works_until_it_is_revoked(person: Client, client: Client, project: Project) -> None:
    secret = made(person.post("/settings/keys/new", {"name": "laptop", "scopes": ["task:read"]}))

    before = listing(client, project, secret)
    answer = person.post(f"/settings/keys/{Credential.objects.get().pk}/revoke")
    after = listing(client, project, secret)

    assert (before, answer["Location"], after) == (200, "/settings/keys", 401)
    assert "Revoked" in person.get("/settings/keys").content.decode()


def test_it_can_be_tied_to_projects(person: Client, client: Client, project: Project, owner: User) -> None:
    said = {"name": "laptop", "scopes": ["task:read"], "projects": [str(project.pk)]}
    secret = made(person.post("/settings/keys/new", said))
    inbox = Project.objects.get(organization__personal_of=owner)

    assert (listing(client, project, secret), listing(client, inbox, secret)) == (200, 404)
    assert "Web" in person.get("/settings/keys").content.decode()


def test_it_can_end_by_itself(person: Client, client: Client, project: Project) -> None:
    said = {"name": "laptop", "scopes": ["task:read"], "last_day": "2099-12-31"}
    made(person.post("/settings/keys/new", said))

    assert Credential.objects.get().expires_at is not None
    assert "until" in person.get("/settings/keys").content.decode()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"scopes": ["task:write"]}, "name"),
        ({"name": "n" * 201, "scopes": ["task:write"]}, "name"),
        ({"name": "laptop"}, "scopes"),
        ({"name": "laptop", "scopes": ["everything"]}, "scopes"),
        ({"name": "laptop", "scopes": ["*"], "projects": ["999999"]}, "projects"),
        ({"name": "laptop", "scopes": ["*"], "last_day": "2001-01-01"}, None),
    ],
)
def test_what_is_wrong_is_said_beside_it(said: dict[str, Any], field: str | None, person: Client) -> None:
    before = rows()

    answer = person.post("/settings/keys/new", said)

    assert (answer.status_code, rows()) == (422, before)
    assert field is None or list(answer.context["form"].errors) == [field]


def test_keys_of_others_are_not_there(
    sign_in: Callable[[User], Client],
    make_key: Callable[..., IssuedPersonalKey],
    owner: User,
    teammate: User,
    outsider: User,
    project: Project,
) -> None:
    key = make_key(owner).credential
    before = rows()

    for other in (teammate, outsider):
        browser = sign_in(other)
        assert "laptop" not in browser.get("/settings/keys").content.decode()
        assert browser.post(f"/settings/keys/{key.pk}/revoke").status_code == 404
    assert rows() == before


def test_revoking_twice_is_said(
    person: Client, make_key: Callable[..., IssuedPersonalKey], owner: User
) -> None:
    key = make_key(owner).credential
    person.post(f"/settings/keys/{key.pk}/revoke")

    assert person.post(f"/settings/keys/{key.pk}/revoke").status_code == 409
    assert person.post(f"/settings/keys/{ABSENT}/revoke").status_code == 404


def test_the_list_takes_as_many_statements_however_many_there_are(
    person: Client, make_key: Callable[..., IssuedPersonalKey], owner: User, project: Project
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert person.get("/settings/keys").status_code == 200
        return len(seen)

    make_key(owner, project_ids=[project.pk])
    one = statements()
    make_key(owner, project_ids=[project.pk])
    make_key(owner)

    assert statements() == one


def test_strangers_have_to_sign_in(client: Client, db: None) -> None:
    for path in ("/settings/keys", "/settings/keys/new"):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"
