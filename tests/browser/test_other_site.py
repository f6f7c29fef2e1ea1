"""P29 in a real browser: a page served from another port of this machine cannot write with our cookie.

A page of `localhost` on another port is the same site to a browser, so the cookie does come along; one of
127.0.0.1 is another site. Neither may change anything. Headers alone: test_cookie_writes.py of todo.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Page, Response
from pytest_httpserver import HTTPServer

from accounts.models import Picture, Preferences, Session, User
from accounts.operations.accounts import open_account
from tasks.models import Task
from tasktracker.core import clock
from tasktracker.outbox.models import Delivery
from tests.browser.conftest import Surfer

Outside = Callable[[Callable[[], Any]], Any]

PASSWORD = "Correct horse 1 battery"
VICTIM, ATTACKER = "victim@example.com", "attacker@example.com"

# fetch() as a page of ours uses it. Returns the status, or what the browser says instead.
CALL = """async ([method, url, body, options]) => {
  try {
    const answer = await fetch(url, {
      method, credentials: "include", headers: {"Content-Type": "application/json"},
      body: body === null ? undefined : JSON.stringify(body), ...options,
    });
    return answer.status;
  } catch (problem) { return problem.name; }
}"""
# A form that sends itself: fields is {name: value}; a value of null is a file.
FORM = """([action, enctype, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, {action, method: "post", enctype});
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    field.name = name;
    if (value === null) {
      const files = new DataTransfer();
      files.items.add(new File(["<svg/>"], "me.png", {type: "image/png"}));
      Object.assign(field, {type: "file"}).files = files.files;
    } else { field.value = value; }
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
ENCTYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
# What a text/plain form makes of it is JSON: {"name": "Forged", "a": "="}.
TRICK = {"profile": '{"name": "Forged", "a": "', "todo": '{"title": "Forged", "a": "'}


@pytest.fixture
def victim(surfer: Surfer, outside: Outside) -> Page:
    """Somebody who signed in on our own page."""
    for email in (VICTIM, ATTACKER):
        outside(
            lambda email=email: open_account(email=email, password=PASSWORD, at=clock.now(), confirmed=True)
        )
    page = surfer.open()
    page.goto("/")
    assert call(page, "POST", "/api/v1/user/signin", {"email": VICTIM, "password": PASSWORD}) == 200
    return page


@pytest.fixture(params=["localhost", "127.0.0.1"], ids=["another port", "another site"])
def elsewhere(request: pytest.FixtureRequest, httpserver: HTTPServer) -> str:
    """The address of the attacker's page."""
    httpserver.expect_request("/").respond_with_data("<h1>Kittens</h1>", content_type="text/html")
    return f"http://{request.param}:{httpserver.port}/"


@pytest.fixture
def answers(victim: Page) -> list[tuple[str, str, int]]:
    """Every answer to a write: method, path, status."""
    seen: list[tuple[str, str, int]] = []

    def note(response: Response) -> None:
        if response.request.method != "GET":
            path = "/" + response.url.split("/", 3)[3]
            seen.append((response.request.method, path, response.status))

    victim.on("response", note)
    return seen


@pytest.fixture
def untouched(outside: Outside, victim: Page, surfer: Surfer) -> Iterator[None]:
    """Nothing of anybody's changes, and the victim stays who they are."""
    before = outside(everything)
    yield
    victim.goto("/")
    assert who(victim) == VICTIM
    assert outside(everything) == before
    surfer.complaints.clear()  # of the browser, about the attacker's page


def everything() -> list[list[Any]]:
    models = (User, Session, Picture, Preferences, Task, Delivery)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def call(page: Page, method: str, path: str, body: Any = None, **options: Any) -> Any:
    return page.evaluate(CALL, [method, path, body, options])


def who(page: Page) -> str | None:
    return page.evaluate("async () => (await (await fetch('/api/v1/auth-check')).json()).email ?? null")


def submit(page: Page, action: str, enctype: str, fields: dict[str, str | None]) -> int:
    """Let the page send a form; returns the status of what it leads to."""
    with page.expect_navigation() as leading:
        page.evaluate(FORM, [action, enctype, fields])
    assert leading.value is not None
    return leading.value.status


# --- ours -------------------------------------------------------------------------------------------------
def test_our_own_page_changes_things(victim: Page, outside: Outside) -> None:
    assert call(victim, "PUT", "/api/v1/user/name", {"name": "Ann"}) == 200
    assert call(victim, "POST", "/api/v2/todo", {"title": "Water the plants"}) == 201
    assert call(victim, "POST", "/api/v1/user/logout") == 200

    assert outside(lambda: User.objects.get(email=VICTIM).name) == "Ann"
    assert outside(lambda: Task.objects.get().title) == "Water the plants"
    assert who(victim) is None


def test_our_own_page_sends_a_picture(victim: Page, outside: Outside) -> None:
    status = victim.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement("canvas"), {width: 9, height: 9});
          const body = new FormData();
          body.append("name", "Ann");
          body.append("image", await new Promise((done) => canvas.toBlob(done)), "me.png");
          return (await fetch("/api/v1/user/profile", {method: "POST", body})).status;
        }"""
    )

    assert status == 201
    assert outside(lambda: Picture.objects.get().user.email) == VICTIM
    shown = victim.evaluate(
        """async () => {
          const {user} = await (await fetch("/api/v1/user/profile")).json();
          const image = Object.assign(new Image(), {src: user.image});
          await image.decode();
          return image.naturalWidth;
        }"""
    )
    assert shown == 9


# --- theirs -----------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("untouched")
def test_their_forms_change_nothing(victim: Page, elsewhere: str, site: str) -> None:
    attacks = {
        "/api/v1/user/profile": {"name": "Forged", "image": None},
        "/api/v2/todo": {"title": "Forged"},
        "/api/v1/user/logout": {},
    }
    for enctype, (path, fields) in product(ENCTYPES, attacks.items()):
        victim.goto(elsewhere)

        assert submit(victim, site + path, enctype, fields) in {401, 403}


@pytest.mark.usefixtures("untouched")
def test_their_json_in_a_form_changes_nothing(victim: Page, elsewhere: str, site: str) -> None:
    for path, name in (("/api/v1/user/profile", TRICK["profile"]), ("/api/v2/todo", TRICK["todo"])):
        victim.goto(elsewhere)

        assert submit(victim, site + path, "text/plain", {name: '"}'}) in {401, 403}


@pytest.mark.usefixtures("untouched")
def test_a_page_of_the_same_site_has_the_cookie_and_is_refused_all_the_same(
    victim: Page, httpserver: HTTPServer, site: str
) -> None:
    httpserver.expect_request("/").respond_with_data("<h1>Kittens</h1>", content_type="text/html")
    victim.goto(f"http://localhost:{httpserver.port}/")

    assert submit(victim, f"{site}/api/v2/todo", "text/plain", {TRICK["todo"]: '"}'}) == 403


@pytest.mark.usefixtures("untouched")
def test_their_scripts_change_nothing(
    victim: Page, elsewhere: str, site: str, answers: list[tuple[str, str, int]]
) -> None:
    simple = {"headers": {"Content-Type": "text/plain"}, "mode": "no-cors"}
    body = {"name": "Forged", "title": "Forged"}
    victim.goto(elsewhere)

    told = [
        call(victim, "POST", f"{site}{path}", body, **simple)
        for path in ("/api/v1/user/profile", "/api/v2/todo")
    ]
    told += [call(victim, "PUT", f"{site}/api/v1/user/name", body)]
    told += [call(victim, "POST", f"{site}/api/v2/todo", body)]
    told += [call(victim, "POST", f"{site}/api/v1/user/logout", None, headers={}, mode="no-cors")]
    victim.evaluate(
        '(url) => navigator.sendBeacon(url, \'{"name": "Forged"}\')', f"{site}/api/v1/user/profile"
    )

    assert told == [0, 0, "TypeError", "TypeError", 0]
    assert {status for _, _, status in answers} <= {401, 403, 405}
    assert len(answers) >= 3


@pytest.mark.usefixtures("untouched")
def test_a_page_without_an_origin_changes_nothing(
    victim: Page, elsewhere: str, httpserver: HTTPServer, site: str
) -> None:
    alone = {"Content-Security-Policy": "sandbox allow-scripts allow-forms"}  # its Origin is "null"
    httpserver.expect_request("/alone").respond_with_data(
        "<h1>K</h1>", headers=alone, content_type="text/html"
    )
    victim.goto(f"{elsewhere}alone")

    assert victim.evaluate("origin") == "null"
    assert submit(victim, f"{site}/api/v2/todo", "text/plain", {TRICK["todo"]: '"}'}) in {401, 403}


@pytest.mark.usefixtures("untouched")
def test_nobody_is_signed_in_as_the_attacker(victim: Page, elsewhere: str, site: str) -> None:
    """Login CSRF: what the victim then writes would be the attacker's to read."""
    names = (
        f'{{"email": "{ATTACKER}", "password": "{PASSWORD}", "a": "',
        f'{{"email": "{VICTIM}", "a": "',
    )
    for path, name in zip(("signin", "signup/send-otp"), names, strict=True):
        victim.goto(elsewhere)

        assert submit(victim, f"{site}/api/v1/user/{path}", "text/plain", {name: '"}'}) == 403


@pytest.mark.usefixtures("untouched")
def test_their_page_reads_nothing(victim: Page, elsewhere: str, site: str) -> None:
    victim.goto(elsewhere)

    assert call(victim, "GET", f"{site}/api/v1/user/profile", headers={}) == "TypeError"
    assert call(victim, "GET", f"{site}/api/v1/auth-check", headers={}) == "TypeError"
