"""Project keys: two spellings, one row that decides, and who answers for what is done with them."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Credential, Membership, Project, User
from accounts.operations.credentials import AlreadyRevoked
from accounts.operations.organizations import change_role, remove_member
from accounts.operations.project_keys import (
    IssuedProjectKey,
    NotYourKey,
    _key_row,
    check_project_key,
    issue_project_key,
    revoke_project_key,
)
from accounts.queries.credentials import project_keys_visible_to
from accounts.rules.principal import NotForKeys, Principal
from accounts.rules.project_keys import encoded
from tasktracker.core import clock
from tasktracker.core.errors import BadCredential, NotFound
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(owner: User, project: Project, principal_of: Callable[..., Principal]) -> Callable[..., Any]:
    def make(user: User = owner, **values: Any) -> IssuedProjectKey:
        whole = {"principal": principal_of(user), "project_id": project.pk, "name": "ci", "at": NOW, **values}
        return issue_project_key(**whole)

    return make


def check(text: str, org: str = "acme", project: str = "web") -> Principal:
    return check_project_key(text, org=org, project=project)


def test_a_key_has_192_random_bits_behind_its_prefix(issue: Callable[..., IssuedProjectKey]) -> None:
    keys = {issue().secret for _ in range(20)}

    assert len(keys) == 20
    assert all(re.fullmatch(r"tb1_[0-9a-f]{48}", key) for key in keys)


def test_only_the_digest_is_stored(issue: Callable[..., IssuedProjectKey]) -> None:
    key = issue()

    row = Credential.objects.values().get(pk=key.credential.pk)
    assert key.secret.removeprefix("tb1_") not in repr(row)
    assert (row["kind"], row["scope"], row["name"]) == ("project_key", "project", "ci")
    assert base64.b64decode(key.encoded).decode() == f"acme/web/{key.secret}"


@pytest.mark.parametrize("spelling", ["secret", "encoded"])
def test_both_spellings_say_who_calls(
    issue: Callable[..., IssuedProjectKey], owner: User, project: Project, spelling: str
) -> None:
    key = issue()
    before = clock.now()

    principal = check(getattr(key, spelling))

    assert principal == Principal(
        user_id=owner.pk,
        kind="project_key",
        scopes=frozenset(),
        credential_id=key.credential.pk,
        organization_id=project.organization_id,
        project_id=project.pk,
        is_staff=False,
        at=principal.at,
    )
    assert timedelta(seconds=-1) < principal.at - before < timedelta(seconds=60)


def test_a_check_is_one_statement_and_one_more_in_a_minute(issue: Callable[..., IssuedProjectKey]) -> None:
    key = issue()
    _key_row.first(digest="")  # compiled once

    with CaptureQueriesContext(connection) as first:
        check(key.secret)
    with CaptureQueriesContext(connection) as second:
        check(key.secret)

    assert (len(first), len(second)) == (2, 1)


def test_the_compiled_statement_is_the_orms(issue: Callable[..., IssuedProjectKey]) -> None:
    issued = Credential.objects.values_list("digest", flat=True).get(pk=issue().credential.pk)
    assert issued

    compiled, asked = _key_row.first(digest=issued), _key_row.queryset(digest=issued).get()

    assert compiled
    assert compiled[:-1] == asked[:-1]


def test_another_project_or_organization_is_not_found(issue: Callable[..., IssuedProjectKey]) -> None:
    key = issue()

    for org, project in [("acme", "inbox"), ("other", "web"), ("ACME", "web"), ("acme", "Web"), ("", "")]:
        with pytest.raises(NotFound):
            check(key.secret, org, project)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tb1_",
        "tb1_" + "0" * 48,
        "x" * 4096,
        "YWNtZS93ZWI=",
        base64.b64encode(b"acme/web/tb1_" + b"0" * 48).decode(),
        base64.b64encode(b"\xff\xfe/\xff/x").decode(),
        "Ã©",
    ],
)
def test_what_is_no_key_of_ours_is_refused(issue: Callable[..., IssuedProjectKey], text: str) -> None:
    issue()

    with pytest.raises(BadCredential):
        check(text)


def test_a_key_spelled_for_another_place_is_refused(issue: Callable[..., IssuedProjectKey]) -> None:
    key = issue()

    for org, project in [("acme", "other"), ("other", "web"), ("acme/web", "web")]:
        with pytest.raises(BadCredential):
            check(encoded(org=org, project=project, secret=key.secret))


def test_a_revoked_or_expired_key_is_dead_at_once(
    issue: Callable[..., IssuedProjectKey], owner: User, principal_of: Callable[..., Principal], at: Any
) -> None:
    revoked, expired, alive = issue(), issue(), issue()

    revoke_project_key(principal=principal_of(owner), credential_id=revoked.credential.pk, at=at)
    Credential.objects.filter(pk=expired.credential.pk).update(expires_at=at + timedelta(days=1))

    for key in (revoked, expired):
        with pytest.raises(BadCredential):
            check(key.secret)
    assert check(alive.secret)
    with pytest.raises(AlreadyRevoked):
        revoke_project_key(principal=principal_of(owner), credential_id=revoked.credential.pk, at=at)


def test_a_key_outlives_its_makers_membership_in_the_owners_name(
    issue: Callable[..., IssuedProjectKey],
    owner: User,
    teammate: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    key = issue(teammate)
    assert check(key.secret).user_id == teammate.pk

    remove_member(principal=principal_of(owner), organization_id=project.organization_id, user_id=teammate.pk)

    assert check(key.secret).user_id == owner.pk
    Membership.objects.filter(organization=project.organization_id).delete()
    with pytest.raises(BadCredential):
        check(key.secret)


def test_who_may_revoke(
    issue: Callable[..., IssuedProjectKey],
    owner: User,
    teammate: User,
    outsider: User,
    project: Project,
    principal_of: Callable[..., Principal],
    at: Any,
) -> None:
    owners, mates, third = issue(), issue(teammate), issue()

    with pytest.raises(NotFound):
        revoke_project_key(principal=principal_of(outsider), credential_id=owners.credential.pk, at=at)
    with pytest.raises(NotYourKey):
        revoke_project_key(principal=principal_of(teammate), credential_id=owners.credential.pk, at=at)
    assert Credential.objects.filter(revoked_at__isnull=False).count() == 0

    revoke_project_key(principal=principal_of(teammate), credential_id=mates.credential.pk, at=at)
    organization_id = project.organization_id
    change_role(
        principal=principal_of(owner), organization_id=organization_id, user_id=teammate.pk, role="admin"
    )
    revoke_project_key(principal=principal_of(teammate), credential_id=third.credential.pk, at=at)
    assert Credential.objects.filter(revoked_at__isnull=False).count() == 2


def test_who_may_make_and_see_keys(
    issue: Callable[..., IssuedProjectKey],
    owner: User,
    teammate: User,
    outsider: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> None:
    issue()
    issue(teammate)

    with pytest.raises(NotFound):
        issue(outsider)
    with pytest.raises(NotForKeys):
        issue(principal=check(issue().secret))

    seen = [project_keys_visible_to(principal_of(user)).count() for user in (owner, teammate, outsider)]
    assert seen == [3, 3, 0]
    assert project_keys_visible_to(principal_of(owner), project_id=project.pk + 1).count() == 0
