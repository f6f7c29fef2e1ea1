"""Who may call: keys, their scopes and projects, the cookie. Source: agents.md A.9, PH-08 to PH-10."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Credential, Project, User
from accounts.operations.credentials import revoke_credential
from accounts.operations.organizations import create_project, remove_member
from accounts.operations.personal_keys import IssuedPersonalKey
from accounts.operations.project_keys import issue_project_key
from accounts.operations.sessions import start_session
from accounts.rules.principal import Principal
from tasktracker.core import clock
from tests.conftest import NOW
from tests.dialects.agents.conftest import NO_PROJECT, Api, everything

pytestmark = pytest.mark.django_db
NO_CREDENTIAL = {
    "type": "authentication_error",
    "code": "not_authenticated",
    "detail": "Authentication credentials were not provided.",
    "attr": None,
}
BAD_KEY = {
    "type": "authentication_error",
    "code": "authentication_failed",
    "detail": "Personal API key found in request Authorization header is invalid.",
    "attr": None,
}


def missing(scope: str) -> dict[str, Any]:
    """The body of a refusal for want of a scope."""
    return {
        "type": "authentication_error",
        "code": "permission_denied",
        "detail": f"API key missing required scope '{scope}'",
        "attr": None,
    }


def test_ph_08_without_a_good_key_nobody_comes_in(client: Client, project: Project) -> None:
    path = f"/api/projects/{project.pk}/tasks/"

    none = client.get(path)
    wrong = client.get(path, headers={"Authorization": "Bearer phx_" + "0" * 48})
    strange = client.get(path, headers={"Authorization": "Bearer x"})

    assert (none.status_code, none.json()) == (401, NO_CREDENTIAL)
    assert (wrong.status_code, wrong.json()) == (401, BAD_KEY)
    assert (strange.status_code, strange.json()) == (401, BAD_KEY)
    assert "WWW-Authenticate" in none.headers
    assert "WWW-Authenticate" in wrong.headers


def test_ph_09_a_key_does_what_its_scopes_allow(
    client: Client, issue_key: Callable[..., IssuedPersonalKey], owner: User, project: Project
) -> None:
    none = Api(client, issue_key(owner, "user:write").secret, project.pk)
    reader = Api(client, issue_key(owner, "task:read").secret, project.pk)
    before = everything()

    refused = [none.call("GET", "tasks/"), reader.call("POST", "tasks/", {"title": "x"})]

    assert [answer.status_code for answer in refused] == [403, 403]
    assert [answer.json() for answer in refused] == [missing("task:read"), missing("task:write")]
    assert reader.ids() == []
    assert reader.call("POST", "tasks/summaries/", {"ids": ["x"]}).status_code == 400
    assert everything() == before


def test_ph_10_writing_implies_reading_and_a_star_everything(
    client: Client, issue_key: Callable[..., IssuedPersonalKey], owner: User, project: Project
) -> None:
    for scope in ("task:write", "*"):
        assert Api(client, issue_key(owner, scope).secret, project.pk).ids() == []


def test_devices_need_their_own_scope(
    client: Client, issue_key: Callable[..., IssuedPersonalKey], owner: User, project: Project
) -> None:
    writer = Api(client, issue_key(owner, "task:write").secret, project.pk)
    body = {"token": "t", "platform": "ios"}

    for path in ("", "unregister/"):
        refused = writer.call("POST", f"/api/users/@me/push_tokens/{path}", body)

        assert (refused.status_code, refused.json()) == (403, missing("user:write"))


def test_a_tied_key_reaches_its_projects_only(
    client: Client,
    issue_key: Callable[..., IssuedPersonalKey],
    owner: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    caller = principal_of(owner)
    other = create_project(principal=caller, organization_id=project.organization_id, name="Other", at=NOW)
    third = create_project(principal=caller, organization_id=project.organization_id, name="Third", at=NOW)
    key = issue_key(owner, "*", project_ids=[project.pk, other.pk]).secret

    assert Api(client, key, project.pk).ids() == Api(client, key, other.pk).ids() == []
    for place in (third.pk, "@current"):  # the Inbox is not among them
        refused = Api(client, key, place).call("GET", "tasks/")
        assert (refused.status_code, refused.json()) == (404, NO_PROJECT)
    owner.last_project = other
    owner.save()
    Api(client, key, "@current").make()
    assert len(Api(client, key, other.pk).ids()) == 1


def test_a_key_whose_projects_are_gone_reaches_nothing(
    client: Client, issue_key: Callable[..., IssuedPersonalKey], owner: User, project: Project
) -> None:
    issued = issue_key(owner, "*", project_ids=[project.pk])
    issued.credential.tied_projects.all().delete()

    for place in (project.pk, "@current", owner.personal_organization.projects.get().pk):
        assert Api(client, issued.secret, place).call("GET", "tasks/").json() == NO_PROJECT


def test_current_is_the_project_opened_last_while_it_is_ones_own(
    api: Api, owner: User, project: Project, foreign_project: Project
) -> None:
    inbox = owner.personal_organization.projects.get()
    current = Api(api.client, api.key, "@current")
    owner.last_project = project
    owner.save()
    there = current.make()["id"]
    owner.last_project = foreign_project
    owner.save()
    here = current.make()["id"]

    assert api.ids() == [there]
    assert Api(api.client, api.key, inbox.pk).ids() == [here]


@pytest.mark.parametrize("end", ["revoked", "expired", "closed"])
def test_a_key_that_has_ended_opens_nothing(
    api: Api, owner: User, principal_of: Callable[..., Principal], end: str
) -> None:
    key = Credential.objects.get(kind="personal_key")
    if end == "revoked":
        revoke_credential(principal=principal_of(owner), credential_id=key.pk, at=NOW)
    elif end == "expired":
        Credential.objects.filter(pk=key.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    else:
        User.objects.filter(pk=owner.pk).update(is_active=False)

    refused = api.call("GET", "tasks/")

    assert (refused.status_code, refused.json()) == (401, BAD_KEY)


def test_who_leaves_an_organization_loses_its_projects_at_once(
    api: Api, mates_api: Api, owner: User, teammate: User, project: Project,
    principal_of: Callable[..., Principal],
) -> None:  # fmt: skip
    task = mates_api.make()
    remove_member(
        principal=principal_of(owner),
        organization_id=project.organization_id,
        user_id=teammate.pk,
    )

    for path in ("tasks/", f"tasks/{task['id']}/"):
        assert mates_api.call("GET", path).json() == NO_PROJECT
    assert api.ids() == [task["id"]]


def test_the_keys_of_other_dialects_are_none_here(
    client: Client, owner: User, project: Project, principal_of: Callable[..., Principal]
) -> None:
    issued = issue_project_key(principal=principal_of(owner), project_id=project.pk, name="k", at=NOW)

    refused = Api(client, issued.secret, project.pk).call("GET", "tasks/")

    assert (refused.status_code, refused.json()) == (401, BAD_KEY)


def test_a_key_is_stored_by_its_digest_alone(api: Api) -> None:
    row = Credential.objects.filter(kind="personal_key").values().get()

    assert api.key not in str(row)
    assert api.key.removeprefix("phx_") not in str(row)
    assert row["scope"] == "task:write user:write"


def test_the_use_of_a_key_is_noted(api: Api) -> None:
    api.ids()

    assert Credential.objects.get(kind="personal_key").last_used_at is not None


def test_the_session_cookie_does_everything(client: Client, owner: User, project: Project) -> None:
    cookie = {"Cookie": f"sessionid={start_session(user=owner, at=NOW)}"}
    path = f"/api/projects/{project.pk}/tasks/"

    made = client.post(path, {"title": "x"}, content_type="application/json", headers=cookie)
    found = client.get(path, headers=cookie)

    assert (made.status_code, found.json()["results"]) == (201, [made.json()])


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Origin": "https://evil.example"}, 403, "cross_site"),
        ({"Sec-Fetch-Site": "same-site"}, 403, "cross_site"),
        ({"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
    ],
)
def test_a_cookie_write_of_another_site_is_refused(
    client: Client, owner: User, project: Project, headers: dict[str, str], status: int, code: str
) -> None:
    cookie = {"Cookie": f"sessionid={start_session(user=owner, at=NOW)}"}
    before = everything()

    refused = client.generic(
        "POST",
        f"/api/projects/{project.pk}/tasks/",
        b'{"title": "x"}',
        content_type=headers.pop("Content-Type", "application/json"),
        headers={**cookie, **headers},
    )

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert everything() == before


def test_a_key_writes_from_everywhere(api: Api) -> None:
    made = api.call("POST", "tasks/", {"title": "x"}, Origin="https://elsewhere.example")

    assert made.status_code == 201


def test_keys_and_sessions_are_counted_alone(
    client: Client, settings: Settings, api: Api, mates_api: Api, owner: User, teammate: User
) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "agents": ((1, 60),)}
    cookies = [{"Cookie": f"sessionid={start_session(user=user, at=NOW)}"} for user in (owner, teammate)]
    path = f"/api/projects/{api.project}/tasks/"

    first = [api.call("GET", "tasks/"), mates_api.call("GET", "tasks/")]
    first += [client.get(path, headers=cookie) for cookie in cookies]
    second = [api.call("GET", "tasks/"), client.get(path, headers=cookies[0])]

    assert [answer.status_code for answer in first] == [200] * 4
    for answer in second:
        assert answer.status_code == 429
        assert answer.json() == {
            "type": "throttled_error",
            "code": "throttled",
            "detail": "Too many requests.",
            "attr": None,
        }
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
