"""How progress says no: cases 4 to 6, 37 to 40 of progress.md, to the letter of seed 2."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from accounts.models import Credential, User
from accounts.operations.project_keys import IssuedProjectKey, revoke_project_key
from accounts.rules.principal import Principal
from tasks.operations import progress
from tests.conftest import NOW
from tests.dialects.progress.conftest import NOT_FOUND, Api, everything

pytestmark = pytest.mark.django_db

# Every field that the official client reads without asking whether it is there (progress.md B2).
REQUIRED = {
    *("id", "organization", "project", "name", "value_percent", "created", "updated", "url", "public_url"),
    *("tags", "status"),
}
STATUSES = {
    *("pending", "pre_processing", "processing", "post_processing"),
    *("success", "error", "cancelled", "stale"),
}


def told(code: str, detail: str, kind: str = "client_error") -> dict[str, Any]:
    return {"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}


UNKNOWN = told("authentication_failed", "Incorrect authentication credentials.")
NOBODY = told("not_authenticated", "Authentication credentials were not provided.")


@pytest.fixture
def caller(client: Client) -> Client:
    """A client that answers bugs as the server does."""
    client.raise_request_exception = False
    return client


# --- credentials --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["", "0190a3f2-0000-7000-8000-000000000000/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_case_04_no_credential(client: Client, path: str, method: str) -> None:
    response = client.generic(method, f"/api/acme/web/tasks/{path}")

    assert (response.status_code, response.json()) == (401, NOBODY)
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer tb1_" + "0" * 48,
        "Bearer x",
        "Bearer " + base64.b64encode(b"acme/web/tb1_" + b"0" * 48).decode(),
        "Basic YTpi",
        "Token x",
        "Bearer",
        "x" * 9000,
    ],
)
def test_case_04_a_wrong_credential(api: Api, header: str) -> None:
    response = api.client.get("/api/acme/web/tasks/", headers={"Authorization": header})

    assert (response.status_code, response.json()) == (401, UNKNOWN)


def test_case_05_both_spellings_of_a_key(
    client: Client, issue_key: Callable[..., IssuedProjectKey], owner: User
) -> None:
    key = issue_key(owner)

    for text in (key.secret, key.encoded):
        made = Api(client, text).make()
        assert (made["organization"], made["project"]) == ("acme", "web")


def test_a_revoked_key_is_dead_at_once(
    client: Client,
    issue_key: Callable[..., IssuedProjectKey],
    owner: User,
    principal_of: Callable[..., Principal],
) -> None:
    key = issue_key(owner)
    revoke_project_key(principal=principal_of(owner), credential_id=key.credential.pk, at=NOW)

    response = Api(client, key.secret).call("GET", "")

    assert (response.status_code, response.json()) == (401, UNKNOWN)


@pytest.mark.parametrize(
    "place", ["other/thing", "acme/other", "nobody/web", "Acme/web", "acme/inbox", "%00/web"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_case_06_a_key_opens_one_place(api: Api, foreign_api: Api, place: str, method: str) -> None:
    foreign_api.make(data="SECRET")
    before = everything()
    api.place = place

    response = api.call(method, "", {"name": "n"} if method == "POST" else None)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)
    assert everything() == before


def test_the_kind_of_a_credential_counts(api: Api) -> None:
    Credential.objects.update(kind="personal_key")

    assert api.call("GET", "").status_code == 401


# --- forms of a call ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "", "GET, POST, HEAD"),
        ("DELETE", "", "GET, POST, HEAD"),
        ("OPTIONS", "", "GET, POST, HEAD"),
        ("PATCH", "{id}/actions/", "GET, POST, HEAD"),
        ("POST", "{id}/actions/1/", "GET, PUT, PATCH, DELETE, HEAD"),
    ],
)
def test_case_37_another_method(api: Api, method: str, path: str, allowed: str) -> None:
    made = api.make()

    response = api.call(method, path.format(**made))

    expected = told("method_not_allowed", f"Method “{method.lower()}” not allowed.")
    assert (response.status_code, response.json()) == (405, expected)
    assert set(response.headers["Allow"].split(", ")) == set(allowed.split(", "))


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "application/json;q=0"])
def test_case_37_another_answer_than_json(api: Api, accept: str) -> None:
    response = api.call("GET", "", Accept=accept)

    expected = told("not_acceptable", "Could not satisfy the request Accept header.")
    assert (response.status_code, response.json()) == (406, expected)
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*", "text/html, */*;q=0.1", ""])
def test_json_is_served_to_whoever_takes_it(api: Api, accept: str) -> None:
    assert api.call("GET", "", Accept=accept).status_code == 200


@pytest.mark.parametrize(
    ("media_type", "shown"),
    [
        ("application/xml", "application/xml"),
        ("text/plain", "text/plain"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("application/json; charset=latin-1", "application/json; charset=latin-1"),
        ("", ""),
        ("x" * 500, "x" * 100),
    ],
)
def test_case_37_another_body_than_json(api: Api, media_type: str, shown: str) -> None:
    response = api.client.generic(
        "POST",
        "/api/acme/web/tasks/",
        b"<a/>",
        content_type=media_type,
        headers={"Authorization": f"Bearer {api.key}"},
    )

    expected = told("not_acceptable", f"Unsupported media type “{shown}” in request.")
    assert (response.status_code, response.json()) == (415, expected)


@pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b'{"a": "\\u0000"}', b'{"a": "\\ud800"}', b"\xff"])
def test_malformed_json(api: Api, body: bytes) -> None:
    response = api.client.generic(
        "POST",
        "/api/acme/web/tasks/",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {api.key}"},
    )

    assert (response.status_code, response.json()) == (400, told("parse_error", "Malformed request."))


def test_case_38_a_bug(caller: Client, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(progress, "track_task", fail)

    response = api.call("POST", "", {"name": "t"})

    expected = told("error", "A server error occurred.", "server_error")
    assert (response.status_code, response.json()) == (500, expected)


def test_case_39_over_the_rate(
    api: Api, mates_api: Api, issue_key: Callable[..., IssuedProjectKey], owner: User, settings: Settings
) -> None:
    settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, "progress": ((2, 60),)}
    second = Api(api.client, issue_key(owner).secret)
    api.call("GET", "")
    api.call("PUT", "")  # a wrong method counts too

    response = api.call("GET", "")

    wait = int(response.headers["Retry-After"])
    assert 1 <= wait <= 60
    detail = f"Request was throttled. Expected available in {wait} seconds."
    assert (response.status_code, response.json()) == (429, told("throttled", detail))
    assert [other.call("GET", "").status_code for other in (mates_api, second)] == [200, 200]


def test_a_key_may_call_1200_times_a_minute() -> None:
    assert django_settings.TASKTRACKER_LIMITS["progress"] == ((1200, 60),)


# --- paths --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/api/acme/web", "/api/acme/web/nowhere/", "/api/acme/web/tasks/a/b/c/d"])
def test_unrouted_paths_are_refused_in_its_own_words(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("path", ["/api/v1/web/tasks/", "/api/v2/web/tasks/", "/api/v17/web/tasks"])
@pytest.mark.parametrize("first", ["projects", "users", "organizations", "environments"])
def test_no_organization_shadows_another_dialect(api: Api, path: str, first: str) -> None:
    for each in (path, f"/api/{first}/web/tasks/"):
        response = api.client.get(each, headers={"Authorization": f"Bearer {api.key}"})
        assert response.status_code in {401, 404}
        assert "errors" not in response.json(), "the words of another dialect"


def test_tools_find_the_document(client: Client) -> None:
    document = client.get("/api/schema.json")

    assert document.status_code == 200
    assert "/api/{org}/{project}/tasks/{task_id}" in document.json()["paths"]
    assert client.get("/api/docs/").headers["Location"] == "/docs/progress/"


# --- what every answer holds --------------------------------------------------------------------------------
def test_case_40_every_answer_can_be_read_by_the_client(api: Api) -> None:
    made = api.make()
    child = api.make("child", parent=made["id"], tags={"a": "aa"}, status="processing")
    answers = [made, child, api.get(made["id"]), api.patch(made["id"], value=5)]
    answers += [api.patch(made["id"], status=status) for status in sorted(STATUSES)]
    answers += api.call("GET", "").json()["results"]

    for answer in answers:
        assert set(answer) >= REQUIRED
        assert isinstance(answer["tags"], dict)
        assert answer["status"] in STATUSES
        assert all(
            isinstance(answer[name], str) for name in ("id", "created", "updated", "url", "public_url")
        )


def test_answers_stay_out_of_caches(api: Api) -> None:
    response = api.call("GET", "")

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Vary"] == "Authorization, Cookie"
    assert "Set-Cookie" not in response.headers
