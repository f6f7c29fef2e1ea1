"""Every dialect x everything that can go wrong around its own work: exact status, body and headers.

The rows are in rows.py. Each answer is also held against the dialect's own OpenAPI document.
"""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import jsonschema
import pytest
from django.db import OperationalError
from django.test import Client
from django.utils.connection import ConnectionDoesNotExist
from pytest_django import Settings

from accounts.models import Project, User
from accounts.operations.accounts import enroll
from accounts.operations.credentials import issue_triggers_token
from accounts.operations.derived_keys import stakes_key
from accounts.operations.devices import issue_device_token
from accounts.operations.personal_keys import issue_personal_key
from accounts.operations.project_keys import issue_project_key
from accounts.operations.sessions import start_session
from accounts.rules.principal import Principal
from charges.operations.staking import create_staked_task
from tasks.operations.editing import create_task
from tasktracker.http.tokens import sign
from tasktracker.registry import DIALECTS
from tests.conftest import NOW
from tests.contract.rows import CASES, ROWS, STAKE_DUE_AT, Answer, Call, Row, World

pytestmark = pytest.mark.django_db

BODIES = {
    "malformed JSON": b'{"a": ',
    "NUL": b'{"a": "\\u0000"}',
    "lone surrogate": b'{"a": "\\ud800"}',
    "depth": b"[" * 990 + b"]" * 990,
    "huge integer": b'{"a": 18446744073709551616}',
}


@pytest.fixture
def world(
    owner: User, outsider: User, project: Project, token: str, principal_of: Callable[..., Principal]
) -> World:
    caller, stranger = principal_of(owner), principal_of(outsider)
    enroll(principal=caller, name="Owner", time_zone="UTC", has_accepted_terms=True, at=NOW)
    task, other = (create_task(principal=caller, title=title, at=NOW) for title in ("One", "Two"))
    foreign = create_task(principal=stranger, title="Theirs", at=NOW)
    narrow = issue_triggers_token(principal=caller, name="n", scope=f"task:{other.pk}", at=NOW)
    stake = create_staked_task(principal=caller, title="Staked", due_at=STAKE_DUE_AT, stake_cents=500, at=NOW)
    tracked = create_task(principal=caller, title="Three", project_id=project.pk, at=NOW)
    return World(
        owner=owner,
        cookie=start_session(user=owner, at=NOW),
        token=token,
        narrow_token=sign(narrow.claims),
        task_id=task.pk,
        other_task_id=other.pk,
        foreign_task_id=foreign.pk,
        project_key=issue_project_key(principal=caller, project_id=project.pk, name="k", at=NOW).secret,
        project_task_id=tracked.pk,
        project_id=project.pk,
        personal_key=issue_personal_key(principal=caller, name="k", scopes=["*"], at=NOW).secret,
        reading_key=issue_personal_key(principal=caller, name="k", scopes=["task:read"], at=NOW).secret,
        stakes_key=stakes_key(principal=caller),
        stake_id=stake.task.pk,
        device_token=issue_device_token(user=owner, name="Phone", at=NOW).token,
    )


def send(client: Client, call: Call, **environ: Any) -> Any:
    return client.generic(
        call.method,
        call.path,
        call.body,
        content_type=call.content_type,
        headers=dict(call.headers),
        **environ,
    )


def break_operation(monkeypatch: pytest.MonkeyPatch, row: Row, problem: Exception) -> None:
    """Put a bug where the view's one operation is: nothing else can be relied on to fail."""
    module, _, name = row.operation.partition(":")

    def fail(**_: Any) -> None:
        raise problem

    monkeypatch.setattr(import_module(module), name, fail)


def spoil(case: str, row: Row, world: World, cap: int) -> tuple[Call, dict[str, Any]]:
    """Make the call of a case: the good one with one thing wrong, and what to add to the environment."""
    good = row.good(world)
    if case in BODIES:
        return replace(good, body=BODIES[case]), {}
    stream = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    spoiled: dict[str, tuple[Call, dict[str, Any]]] = {
        "forbidden": (row.forbidden(world), {}),
        "absent": (row.absent(world), {}),
        "foreign": (row.foreign(world), {}),
        "no credential": (replace(good, headers={}), {}),
        "bad credential": (replace(good, headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}), {}),
        "unrouted": (replace(good, path=row.unrouted), {}),
        "wrong method": (replace(good, method=row.wrong_method), {}),
        "not acceptable": (replace(good, headers={**good.headers, "Accept": "text/html"}), {}),
        "too large": (replace(good, body=b" " * (cap + 1)), {}),
        "too large, without a length": (
            replace(good, body=b""),
            {**stream, "wsgi.input": io.BytesIO(b" " * (cap + 1)), "CONTENT_TYPE": good.content_type},
        ),
        "media type": (replace(good, body=b"<a/>", content_type="application/xml"), {}),
        "charset zlib": (replace(good, body=b"{}", content_type="application/json; charset=zlib"), {}),
        "bad host": (good, {"HTTP_HOST": "evil.example"}),
    }
    return spoiled.get(case, (good, {}))


def check(response: Any, expected: Answer, world: World, name: str) -> None:
    told = response.headers
    body = response.json() if told.get("Content-Type") == "application/json" else response.content.decode()
    wanted = expected.body(world) if callable(expected.body) else expected.body
    assert (response.status_code, body) == (expected.status, wanted)
    assert told.get("Content-Type") == expected.media_type
    dialect = next(dialect for dialect in DIALECTS if dialect.name == name)
    assert (told["Cache-Control"], told["Vary"]) == (dialect.cache_control, "Authorization, Cookie")
    assert told["X-Request-Id"]
    assert ("WWW-Authenticate" in told) == (expected.status == 401)
    assert ("Retry-After" in told) == (expected.status in {429, 503})
    assert int(told.get("Retry-After", "1")) >= 1
    assert ("Allow" in told) == (expected.status == 405)
    assert "Set-Cookie" not in told
    if expected.status >= 400:
        _check_document(expected, body, name)


def _check_document(expected: Answer, body: Any, name: str) -> None:
    dialect = next(dialect for dialect in DIALECTS if dialect.name == name)
    jsonschema.validate(body, dict(dialect.refusals[expected.status]))


@pytest.mark.parametrize("slash", ["", "/"], ids=["bare", "slash"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", [dialect.name for dialect in DIALECTS])
def test_every_dialect_answers_in_its_own_words(
    caller: Client,
    world: World,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    case: str,
    slash: str,
) -> None:
    row = ROWS[name]
    cap = next(dialect.max_body_bytes for dialect in DIALECTS if dialect.name == name)
    call, environ = spoil(case, row, world, cap)
    call = replace(call, path=call.path + slash)
    if case == "limit":
        settings.TASKTRACKER_LIMITS = {**settings.TASKTRACKER_LIMITS, row.limit: ((1, 60),)}
        send(caller, call)
    if case == "bug":
        break_operation(monkeypatch, row, ConnectionDoesNotExist("secret detail"))
    if case == "outage":
        break_operation(monkeypatch, row, OperationalError("the server closed the connection"))

    response = send(caller, call, **environ)

    check(response, row.answers[case], world, name)
    assert b"secret detail" not in response.content
    assert b"evil.example" not in response.content


@pytest.mark.parametrize("name", [dialect.name for dialect in DIALECTS])
def test_every_dialect_fills_in_its_whole_row(name: str) -> None:
    assert set(ROWS[name].answers) == set(CASES)


def test_there_is_no_row_without_a_dialect() -> None:
    assert set(ROWS) == {dialect.name for dialect in DIALECTS}


def test_absent_and_foreign_are_told_apart_by_nothing(caller: Client, world: World) -> None:
    for row in ROWS.values():
        absent, foreign = (send(caller, make(world)) for make in (row.absent, row.foreign))

        assert (absent.status_code, absent.content) == (foreign.status_code, foreign.content)
        assert absent.headers.keys() == foreign.headers.keys()


def test_documents_cover_every_status_of_the_rows() -> None:
    for dialect in DIALECTS:
        answered = {answer.status for answer in ROWS[dialect.name].answers.values() if answer.status >= 400}

        assert answered - set(dialect.refusals) == set()
        assert json.dumps(dict(dialect.refusals))  # plain data
