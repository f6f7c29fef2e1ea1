"""Documentation: the committed OpenAPI documents, and Swagger UI that runs under a strict CSP."""

import json
import re

import jsonschema
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import Settings

from tasktracker.docs import guides, limits
from tasktracker.docs.views import document_text
from tasktracker.http.openapi import document
from tasktracker.registry import DIALECTS
from tests.architecture.tree import ROOT
from tests.contract.probe import PROBE

pytestmark = pytest.mark.django_db
PAGES = ["/docs/triggers/", "/docs/triggers/reference/", "/docs/limits/"]
NAMES = [dialect.name for dialect in DIALECTS]
FOR_EVERYBODY = {"SendOtp_post", "Verify_post", "SignIn_post", "AuthCheck_get", "Picture_get"}


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_document_is_the_codes_own(name: str) -> None:
    committed = (ROOT / "docs" / "openapi" / f"{name}.json").read_text(encoding="utf-8")

    assert committed == document_text(name), "run make openapi and read the difference"


def test_no_document_is_left_of_a_dialect_that_is_gone() -> None:
    assert {path.stem for path in (ROOT / "docs" / "openapi").glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("dialect", DIALECTS, ids=NAMES)
def test_every_operation_documents_every_refusal_exactly(dialect: object) -> None:
    row = next(known for known in DIALECTS if known is dialect)
    text = document(row)

    for methods in text["paths"].values():
        for operation in methods.values():
            refusals = {int(status) for status in operation["responses"] if int(status) >= 400}
            assert refusals == set(row.refusals)
            if operation["operationId"] not in FOR_EVERYBODY:
                assert operation.get("security", []) in ([{scheme.name: []} for scheme in row.schemes], [])
    for status, schema in row.refusals.items():
        answer = text["components"]["responses"][f"Refusal{status}"]
        bodies = [content["schema"] for content in answer["content"].values()]
        assert bodies == schema.get("anyOf", [schema])
        assert ("Retry-After" in answer["headers"]) == (status in {429, 503})
        assert ("WWW-Authenticate" in answer["headers"]) == (status == 401)
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_view_for_everybody_asks_for_no_credential() -> None:
    paths = document(PROBE)["paths"]

    assert "security" not in paths["/probe/form"]["post"]
    assert paths["/probe/echo"]["post"]["security"] == [{"bearer": []}]
    assert paths["/probe/things"]["post"]["operationId"] == "Things_create"


def test_the_document_is_served(caller: Client) -> None:
    response = caller.get("/docs/triggers/openapi.json")

    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == json.loads(document_text("triggers"))
    assert sorted(response.json()["paths"]) == [
        "/api/v1/tasks/{task_id}/complete",
        "/api/v1/tasks/{task_id}/trigger",
    ]


def test_the_index_lists_every_dialect(caller: Client) -> None:
    page = caller.get("/docs/").content.decode()

    assert re.findall(r'href="(/docs/[^"]+)"', page[page.index("<main") :]) == [
        "/docs/one-task/",
        *(f"/docs/{name}/{part}" for name in NAMES for part in ("", "reference/", "openapi.json")),
    ]


@pytest.mark.parametrize(
    "path",
    ["/docs", "/docs/", "/docs/triggers", "/docs/triggers/", "/docs/triggers/reference/", "/docs/limits/"],
)
def test_pages_run_under_a_strict_policy(caller: Client, path: str) -> None:
    response = caller.get(path)

    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self';" in policy + ";"
    page = response.content.decode()
    assert not re.search(
        r"<style|\sstyle=|\son\w+=|javascript:|<script>|src=.https?:|<link[^>]+https?:", page
    )
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", PAGES)
def test_everything_that_the_page_loads_is_there(caller: Client, path: str) -> None:
    names = set(re.findall(r'(?:src|href)="/static/([^"]+)"', caller.get(path).content.decode()))

    assert len(names) == 5
    assert [name for name in names if not finders.find(name)] == []


@pytest.mark.parametrize(
    "path", ["/docs/nowhere/", "/docs/nowhere/openapi.json", "/docs/site/", "/docs/a/b/"]
)
def test_an_unknown_dialect_is_not_documented(caller: Client, path: str) -> None:
    assert caller.get(path).status_code == 404


@pytest.mark.parametrize("name", guides.FILES)
def test_every_guide_is_a_page_whose_links_lead_somewhere(caller: Client, name: str) -> None:
    page = _page(caller, f"/docs/{name}/")

    assert re.search(r"<article class=.guide.><h1 id=", page)
    for link in re.findall(r'<a [^>]*href="([^"]+)"', page):
        path, _, anchor = link.partition("#")
        if path.startswith("https://") or link in {"/", "#main"}:
            continue
        there = _page(caller, path) if path else page
        assert not anchor or re.search(rf'id="{re.escape(anchor)}"', there), link


def _page(caller: Client, path: str) -> str:
    response = caller.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_guide_has_commands_to_copy_and_says_what_changed(name: str) -> None:
    text = (ROOT / guides.FILES[name]).read_text(encoding="utf-8")

    assert re.search(r"^```sh\n(?:.*\n)*?curl ", text, re.MULTILINE)
    assert re.search(r"^## Changes\n\n- ", text, re.MULTILINE)


def test_a_guide_names_the_address_of_this_installation(caller: Client, settings: Settings) -> None:
    settings.TASKTRACKER_BASE_URL = "https://tasks.example.com"
    guides.guide.cache_clear()
    try:
        assert "BASE=https://tasks.example.com" in _page(caller, "/docs/triggers/")
    finally:
        guides.guide.cache_clear()


def test_the_page_of_limits_has_every_limit_of_the_settings(caller: Client, settings: Settings) -> None:
    settings.TASKTRACKER_LIMIT_SCALE = 1
    rows = re.findall(r"<td>([^<]+)</td><td>([^<]+)</td><td>([^<]+)</td>", _page(caller, "/docs/limits/"))

    assert set(limits.WORDS) == set(settings.TASKTRACKER_LIMITS)
    assert set(limits.GUESS_WORDS) == set(settings.TASKTRACKER_GUESS_LIMITS)
    assert len(rows) == len(limits.WORDS) + len(limits.GUESS_WORDS) + 1
    assert ("an account", limits.WORDS["account"][1], "300 in 5 minutes and 2,000 an hour") in rows
    assert ("a stakes key", "stakes", "60 in 10 seconds") in rows
    assert ("an address", "public pages and this documentation", "300 a minute") in rows
