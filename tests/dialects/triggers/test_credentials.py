"""Who gets in: case NS-09 of triggers.md, and every other way of not having a good token."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Credential, User
from accounts.operations.credentials import issue_triggers_token, revoke_credential
from accounts.rules.principal import Principal
from tasks.models import Task
from tasktracker.http.tokens import sign
from tests.conftest import NOW
from tests.dialects.triggers.conftest import Api, everything, log_of

pytestmark = pytest.mark.django_db

UNAUTHORIZED = {"error": "Unauthorized"}


def refused(response: Any) -> bool:
    """Say whether this is the one answer to everybody without a good token."""
    told = (response.status_code, response.json(), response.headers["WWW-Authenticate"])
    return told == (401, UNAUTHORIZED, "Bearer")


def forge(token: str, *, algorithm: str, key: str = "", **claims: Any) -> str:
    """Write a token like this one, signed by somebody else."""
    header = {name: value for name, value in jwt.get_unverified_header(token).items() if name == "kid"}
    body = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**body, **claims}, key, algorithm=algorithm, headers=header)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer garbage",
        "Bearer a.b.c",
        "Bearer ..",
        "Basic b3duZXI6c2VjcmV0",
        "Token abc",
        "Bearer a, Bearer b",
        "Bearer \xff",
        "Bearer " + "a" * 10_000,
    ],
)
def test_no_header_or_garbage(client: Client, task: Task, header: str | None) -> None:
    environ = {} if header is None else {"HTTP_AUTHORIZATION": header}
    before = everything()

    assert refused(client.post(f"/api/v1/tasks/{task.pk}/trigger", **environ))
    assert everything() == before


def test_a_wrong_signature(api: Api, task: Task) -> None:
    head, body, signature = api.token.split(".")
    changed = "A" if signature[0] != "A" else "B"
    tampered = [
        f"{head}.{body}.{changed}{signature[1:]}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{part({'sub': '1'})}.{signature}",
        forge(api.token, algorithm="HS256", key="x" * 64),
        forge(api.token, algorithm="HS384", key=_signing_key()),
    ]

    assert all(refused(Api(api.client, token).trigger(task.pk)) for token in tampered)
    assert log_of(task) == []


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_no_algorithm(api: Api, task: Task, algorithm: str) -> None:
    body = api.token.split(".")[1]
    header = {**jwt.get_unverified_header(api.token), "alg": algorithm}
    signature = api.token.split(".")[2]

    for end in ("", signature):
        assert refused(Api(api.client, f"{part(header)}.{body}.{end}").trigger(task.pk))


def test_claims_other_than_the_rows(api: Api, task: Task, outsider: User) -> None:
    # Signed with our own key: even then the row is the authority.
    changed = [{"scope": "user task:1"}, {"sub": str(outsider.pk)}, {"iat": 1}, {"exp": 4_000_000_000}]

    for claims in changed:
        token = forge(api.token, algorithm="HS256", key=_signing_key(), **claims)
        assert refused(Api(api.client, token).trigger(task.pk))


def _signing_key() -> str:
    return next(iter(settings.TASKTRACKER_TOKEN_KEYS.values())).signing_key


def test_an_expired_token(
    client: Client, owner: User, principal_of: Callable[..., Principal], task: Task
) -> None:
    made_at = datetime(2020, 1, 1, tzinfo=UTC)
    issued = issue_triggers_token(
        principal=principal_of(owner),
        name="old",
        scope="user",
        expires_at=made_at + timedelta(days=1),
        at=made_at,
    )

    assert refused(Api(client, sign(issued.claims)).trigger(task.pk))
    assert log_of(task) == []


def test_a_token_that_will_expire(make_api: Callable[..., Api], owner: User, task: Task) -> None:
    dated = make_api(owner, expires_at=datetime(2100, 1, 1, tzinfo=UTC))

    assert dated.trigger(task.pk).status_code == 200


def test_a_revoked_token(api: Api, task: Task, owner: User, principal_of: Callable[..., Principal]) -> None:
    assert api.trigger(task.pk).status_code == 200
    revoke_credential(principal=principal_of(owner), credential_id=Credential.objects.get().pk, at=NOW)

    assert refused(api.trigger(task.pk))
    assert log_of(task) == [("pending", "manual")]


def test_the_token_of_a_closed_account(api: Api, task: Task, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert refused(api.trigger(task.pk))


def test_a_session_is_no_credential_here(client: Client, owner: User, task: Task) -> None:
    client.cookies["sessionid"] = "anything"

    assert refused(client.post(f"/api/v1/tasks/{task.pk}/trigger"))


def test_a_token_in_the_query_is_not_looked_at(api: Api, task: Task) -> None:
    response = api.client.post(f"/api/v1/tasks/{task.pk}/trigger?access_token={api.token}")

    assert refused(response)


def test_a_stranger_learns_nothing_of_ids(client: Client, task: Task) -> None:
    known = client.post(f"/api/v1/tasks/{task.pk}/trigger")
    unknown = client.post("/api/v1/tasks/nothing/trigger")

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert refused(known)
