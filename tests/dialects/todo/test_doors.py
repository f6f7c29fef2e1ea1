"""Around every call of /api/v2: FT-07, FT-30, whose page sent it, and what a body has to be."""

from typing import Any

import pytest

from accounts.models import User
from accounts.operations.sessions import end_sessions
from tests.dialects.todo.lists import ABSENT, PROJECTS, TAG, TODOS, add, everything, refused

pytestmark = pytest.mark.django_db

SAFE = [
    f"{TODOS}",
    f"{TODOS}?completed=true",
    f"{TODOS}/{ABSENT}",
    f"{TODOS}/search?q=a",
    f"{PROJECTS}",
    f"{PROJECTS}/inbox",
    f"{PROJECTS}/personal?search=",
    f"{PROJECTS}/1",
    f"{PROJECTS}/1/sections",
    f"{TAG}",
    f"{TAG}/count",
]
WRITES = [
    ("POST", TODOS),
    ("PATCH", f"{TODOS}/{ABSENT}"),
    ("DELETE", f"{TODOS}/{ABSENT}"),
    ("PATCH", f"{TODOS}/bulk?todoIds={ABSENT}"),
    ("DELETE", f"{TODOS}/bulk?todoIds={ABSENT}"),
    ("POST", PROJECTS),
    ("PUT", f"{PROJECTS}/1"),
    ("DELETE", f"{PROJECTS}/1"),
    ("POST", f"{PROJECTS}/1/sections"),
    ("PATCH", f"{PROJECTS}/1/sections/{ABSENT}"),
    ("DELETE", f"{PROJECTS}/1/sections/{ABSENT}"),
    ("POST", TAG),
    ("PATCH", f"{TAG}/{ABSENT}"),
    ("DELETE", f"{TAG}/bulk?tagIds={ABSENT}"),
]
CALLS = [("GET", path) for path in SAFE] + WRITES
OURS = "http://testserver"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_ft_07_nobody_gets_in_without_a_session(app: Any, method: str, path: str) -> None:
    for cookie in (None, "x" * 32, "é", "x"):
        app.cookie = cookie
        response = app.call(method, path, None if method == "GET" else {})

        assert refused(response, 401)
        assert response.headers["WWW-Authenticate"] == 'Cookie realm="Task Tracker"'


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_ft_30_nothing_is_kept_by_caches(owners: Any, method: str, path: str) -> None:
    response = owners.call(method, path, None if method == "GET" else {})

    assert response.status_code in {200, 201, 400, 403, 404}
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["Vary"] == "Authorization, Cookie"
    assert response.headers["Content-Type"] == "application/json"
    assert "Set-Cookie" not in response.headers


def test_a_session_that_was_ended_opens_nothing(owners: Any, owner: User) -> None:
    end_sessions(user_id=owner.pk)

    assert refused(owners.get(TODOS), 401)


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!"}])
def test_a_closed_account_and_another_password_open_nothing(owners: Any, owner: User, change: Any) -> None:
    User.objects.filter(pk=owner.pk).update(**change)

    assert refused(owners.get(TODOS), 401) == "Incorrect authentication credentials."


THEIRS: list[dict[str, str]] = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://testserver:8001"},
    {"origin": "https://testserver"},
    {"origin": "http://sub.testserver"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": ""},
    {"origin": OURS, "sec_fetch_site": "cross-site"},
    {"origin": "https://evil.example", "sec_fetch_site": "same-origin"},
]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_no_other_sites_page_changes_anything(owners: Any, method: str, path: str) -> None:
    add(owners)
    before = everything()

    for headers in THEIRS:
        response = owners.call(
            method, path, {"title": "Theirs", "name": "Theirs", "personal": True}, **headers
        )
        assert refused(response, 403) == "This request was sent from another site."
    assert everything() == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": OURS},
        {"origin": "http://127.0.0.1:8000"},  # TASKTRACKER_BASE_URL
        {"origin": OURS, "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
    ],
)
def test_our_own_pages_and_programs_do(owners: Any, headers: Any) -> None:
    assert owners.post(TODOS, {"title": "T"}, **headers).status_code == 201


@pytest.mark.parametrize("path", SAFE)
def test_reading_asks_for_no_origin(owners: Any, path: str) -> None:
    headers = {"origin": "https://evil.example", "sec_fetch_site": "cross-site"}
    response = owners.get(path, **headers)

    assert response.status_code in {200, 404}
    assert "Access-Control-Allow-Origin" not in response.headers  # so their page cannot read it


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_body_is_json_or_refused(owners: Any, method: str, path: str) -> None:
    add(owners)
    before = everything()

    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/json; charset=latin-1",
        "application/json, text/plain",
    ):
        response = owners.call(method, path, b'{"title": "T", "name": "N"}', content_type=content_type)
        told = f'Unsupported media type "{content_type}" in request.'
        assert refused(response, 400) == told
    assert everything() == before
