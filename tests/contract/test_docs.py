"""Documentation: the committed OpenAPI documents, and Swagger UI that runs under a strict CSP."""

import json
import re

import jsonschema
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tasktracker.api_docs import document_text
from tasktracker.http.openapi import document
from tasktracker.registry import DIALECTS
from tests.architecture.tree import ROOT
from tests.contract.probe import PROBE

pytestmark = pytest.mark.django_db
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

    assert re.findall(r'href="(/docs/[^"]+)"', page) == [
        link for name in NAMES for link in (f"/docs/{name}/", f"/docs/{name}/openapi.json")
    ]


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs/triggers", "/docs/triggers/"])
def test_pages_run_under_a_strict_policy(caller: Client, path: str) -> None:
    response = caller.get(path)

    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self';" in policy + ";"
    page = response.content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script>|https?://", page)
    assert "Set-Cookie" not in response.headers


def test_everything_that_the_page_loads_is_there(caller: Client) -> None:
    page = caller.get("/docs/triggers/").content.decode()
    names = re.findall(r'(?:src|href)="/static/([^"]+)"', page)

    assert len(names) == 5
    assert [name for name in names if not finders.find(name)] == []


@pytest.mark.parametrize(
    "path", ["/docs/nowhere/", "/docs/nowhere/openapi.json", "/docs/site/", "/docs/a/b/"]
)
def test_an_unknown_dialect_is_not_documented(caller: Client, path: str) -> None:
    assert caller.get(path).status_code == 404
