"""Personal keys: made by people for their programs, good within their scopes. Source: agents.md A.9."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Credential, Project, User
from accounts.operations.credentials import AlreadyRevoked, BadExpiry, revoke_credential
from accounts.operations.personal_keys import (
    BadPersonalKey,
    BadScopes,
    IssuedPersonalKey,
    _key_row,
    _tied_rows,
    check_personal_key,
    issue_personal_key,
)
from accounts.queries.credentials import credentials_of
from accounts.queries.projects import _reached
from accounts.rules.names import BadName
from accounts.rules.personal_keys import MissingScope, require_scope
from accounts.rules.principal import NotForKeys, Principal
from tasktracker.core import clock
from tasktracker.core.errors import NotFound
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(owner: User, principal_of: Callable[..., Principal]) -> Callable[..., IssuedPersonalKey]:
    def make(user: User = owner, **values: Any) -> IssuedPersonalKey:
        whole = {"principal": principal_of(user), "name": "cli", "scopes": ["task:read"], "at": NOW, **values}
        return issue_personal_key(**whole)

    return make


def test_a_key_has_192_random_bits_behind_its_prefix(issue: Callable[..., IssuedPersonalKey]) -> None:
    keys = {issue().secret for _ in range(20)}

    assert len(keys) == 20
    assert all(re.fullmatch(r"phx_[0-9a-f]{48}", key) for key in keys)


def test_only_the_digest_is_stored(issue: Callable[..., IssuedPersonalKey]) -> None:
    key = issue()

    row = Credential.objects.values().get()
    assert key.secret.removeprefix("phx_") not in repr(row)
    assert (row["kind"], row["scope"], row["name"]) == ("personal_key", "task:read", "cli")


def test_a_key_says_who_calls(issue: Callable[..., IssuedPersonalKey], owner: User, project: Project) -> None:
    free, tied = issue(scopes=["*", "task:read"]), issue(project_ids=[project.pk])
    before = clock.now() - timedelta(milliseconds=1)  # the finest that SQLite tells

    whole, narrow = check_personal_key(free.secret), check_personal_key(tied.secret)

    assert whole == Principal(
        user_id=owner.pk,
        kind="personal_key",
        scopes=frozenset({"task:read", "*"}),
        credential_id=free.credential.pk,
        organization_id=None,
        project_id=None,
        is_staff=False,
        at=whole.at,
    )
    assert before <= whole.at <= clock.now()
    assert (narrow.project_ids, narrow.credential_id) == ({project.pk}, tied.credential.pk)


@pytest.mark.parametrize("scopes", [[], ["task"], ["task:read", "user:read"], [""]])
def test_a_key_has_scopes_that_there_are(issue: Callable[..., IssuedPersonalKey], scopes: list[str]) -> None:
    with pytest.raises(BadScopes):
        issue(scopes=scopes)
    assert not Credential.objects.exists()


@pytest.mark.parametrize(("values", "refusal"), [({"name": " "}, BadName), ({"expires_at": NOW}, BadExpiry)])
def test_a_key_has_a_name_and_an_end_to_come(
    issue: Callable[..., IssuedPersonalKey], values: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        issue(**values)
    assert not Credential.objects.exists()


def test_a_key_is_tied_to_ones_own_projects_only(
    issue: Callable[..., IssuedPersonalKey], outsider: User, project: Project
) -> None:
    with pytest.raises(NotFound):
        issue(outsider, project_ids=[project.pk])
    assert not Credential.objects.exists()


@pytest.mark.parametrize("kind", ["personal_key", "triggers_token", "project_key", "stakes_key"])
def test_keys_make_no_keys(owner: User, principal_of: Callable[..., Principal], kind: str) -> None:
    with pytest.raises(NotForKeys):
        issue_personal_key(principal=principal_of(owner, kind=kind), name="x", scopes=["*"], at=NOW)


def test_a_key_is_listed_and_revoked_by_its_owner(
    issue: Callable[..., IssuedPersonalKey],
    owner: User,
    outsider: User,
    principal_of: Callable[..., Principal],
) -> None:
    issued = issue()
    credential_id = issued.credential.pk
    with pytest.raises(NotFound):
        revoke_credential(principal=principal_of(outsider), credential_id=credential_id, at=NOW)

    listed = credentials_of(principal_of(owner), kind="personal_key")
    revoke_credential(principal=principal_of(owner), credential_id=credential_id, at=NOW)

    assert [row.pk for row in listed] == [credential_id]
    assert list(credentials_of(principal_of(outsider), kind="personal_key")) == []
    with pytest.raises(BadPersonalKey):
        check_personal_key(issued.secret)
    with pytest.raises(AlreadyRevoked):
        revoke_credential(principal=principal_of(owner), credential_id=credential_id, at=NOW)


def test_a_key_ends_by_the_databases_clock(issue: Callable[..., IssuedPersonalKey]) -> None:
    issued = issue(expires_at=clock.now() + timedelta(hours=1))
    check_personal_key(issued.secret)
    Credential.objects.update(expires_at=clock.now() - timedelta(milliseconds=1))

    with pytest.raises(BadPersonalKey):
        check_personal_key(issued.secret)


@pytest.mark.parametrize("text", ["", "phx_", "phx_" + "g" * 48, "phx_" + "0" * 48, "PHX_" + "0" * 48])
def test_what_is_no_key_is_refused_alike(text: str) -> None:
    with pytest.raises(BadPersonalKey):
        check_personal_key(text)


@pytest.mark.parametrize(
    ("scopes", "wanted", "is_enough"),
    [
        ({"task:read"}, "task:read", True),
        ({"task:read"}, "task:write", False),
        ({"task:write"}, "task:read", True),
        ({"user:write"}, "task:read", False),
        ({"task:write"}, "user:write", False),
        ({"*"}, "user:write", True),
        (set(), "task:read", False),
    ],
)
def test_what_a_scope_allows(
    owner: User, principal_of: Callable[..., Principal], scopes: set[str], wanted: str, *, is_enough: bool
) -> None:
    caller = principal_of(owner, kind="personal_key", scopes=frozenset(scopes))

    if is_enough:
        require_scope(caller, wanted)
    else:
        with pytest.raises(MissingScope, match=f"API key missing required scope '{wanted}'"):
            require_scope(caller, wanted)
    require_scope(principal_of(owner), wanted)


def test_the_compiled_statements_say_what_the_queries_say(
    issue: Callable[..., IssuedPersonalKey], owner: User, project: Project
) -> None:
    issued = issue(project_ids=[project.pk])
    values = {"digest": issued.credential.digest}
    tied = {"credential_id": issued.credential.pk}
    reached = {"user_id": owner.pk, "project_id": project.pk}

    row = _key_row.first(**values)
    assert row is not None
    assert row[:-1] == _key_row.queryset(**values).get()[:-1]
    assert _tied_rows.all(**tied) == list(_tied_rows.queryset(**tied)) == [(project.pk,)]
    assert _reached.all(**reached) == list(_reached.queryset(**reached)) == [(project.pk,)]
