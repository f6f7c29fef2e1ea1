"""People with cookie jars: apps in browsers and on phones, signed in or not."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.http import SimpleCookie
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.operations.sessions import start_session
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.queue import clear_payload
from tests.conftest import NOW

COOKIE = "sessionid"


class App:
    """An app with a cookie jar of its own. Bodies are JSON unless `content_type` says otherwise."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("DELETE", path, body, **headers)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a body as JSON, bytes as they are, None as no body; headers: origin=, sec_fetch_site=."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = named.pop("content-type", "application/json" if data else "")
        return self.client.generic(method, path, data, content_type, headers=named)

    @property
    def cookie(self) -> str | None:
        """The session cookie in the jar."""
        morsel = self.client.cookies.get(COOKIE)
        return morsel.value if morsel and morsel.value else None

    @cookie.setter
    def cookie(self, value: str | None) -> None:
        self.client.cookies = SimpleCookie({COOKIE: value} if value else {})

    @property
    def signed_in_as(self) -> str | None:
        """What auth-check says of this app."""
        body = self.get("/api/v1/auth-check").json()
        assert body["isAuthenticated"] == ("email" in body)
        return body.get("email")


@pytest.fixture
def app() -> App:
    """A stranger's app."""
    return App()


@pytest.fixture
def app_of(db: None) -> Callable[[User], App]:
    """Give somebody an app that is signed in."""

    def make(user: User) -> App:
        app = App()
        app.cookie = start_session(user=user, at=NOW)
        return app

    return make


@pytest.fixture
def owners(app_of: Callable[[User], App], owner: User) -> App:
    """The owner's app."""
    return app_of(owner)


@pytest.fixture
def teammates(app_of: Callable[[User], App], teammate: User) -> App:
    """The team-mate's app."""
    return app_of(teammate)


@pytest.fixture
def outsiders(app_of: Callable[[User], App], outsider: User) -> App:
    """The outsider's app."""
    return app_of(outsider)


class Work:
    """What a call cost: statements and hashed passwords."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hashes = 0
        encode = MD5PasswordHasher.encode

        def count(hasher: Any, *args: Any) -> str:
            self.hashes += 1
            return encode(hasher, *args)

        monkeypatch.setattr(MD5PasswordHasher, "encode", count)

    def of(self, call: Callable[[], Any]) -> tuple[int, Any, list[str], int]:
        """Make a call; returns its status, body, the shape of its statements, and the hashes it took."""
        self.hashes = 0
        with CaptureQueriesContext(connection) as statements:
            answer = call()
        shapes = [query["sql"].split(" ")[0] for query in statements.captured_queries]
        return answer.status_code, answer.json(), shapes, self.hashes


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Counts what calls cost: what an answer must not tell, its cost must not tell either (P30)."""
    return Work(monkeypatch)


def mails() -> list[dict[str, Any]]:
    """Every mail that waits to be sent, oldest first: to, subject, text."""
    queued = Delivery.objects.filter(kind="mail").order_by("pk")
    return [json.loads(clear_payload(delivery)) for delivery in queued]


def newest_code() -> str:
    """Read the code in the newest mail."""
    (code,) = re.findall(r"\b[0-9]{6}\b", mails()[-1]["text"])
    return code


def wrong(code: str) -> str:
    """Make six digits that are not these."""
    return f"{(int(code) + 1) % 1_000_000:06}"
