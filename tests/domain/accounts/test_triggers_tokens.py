from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Credential
from accounts.operations.credentials import (
    AlreadyRevoked,
    BadExpiry,
    BadScope,
    _token_row,
    check_triggers_claims,
    issue_triggers_token,
    principal_of_user,
    revoke_credential,
)
from accounts.queries.credentials import credentials_of
from accounts.rules.names import BadName
from accounts.rules.principal import NotForKeys, Principal
from accounts.rules.scopes import task_scope
from tasktracker.core import clock
from tasktracker.core.errors import BadCredential, NotFound

pytestmark = pytest.mark.django_db
TASK = UUID("0192f0c1-2345-7abc-8def-0123456789ab")
HOUR = timedelta(hours=1)


@pytest.fixture
def issue(owner, principal_of, at):
    """Issue a token of the owner's."""

    def make(**values):
        whole = {"principal": principal_of(owner), "name": "script", "scope": "user", "at": at, **values}
        return issue_triggers_token(**whole)

    return make


# --- issuing ---
def test_token_carries_what_the_contract_names_and_no_more(issue, owner, at):
    issued = issue(name=" cron ", expires_at=at + HOUR)

    assert issued.claims == {
        "iss": "tasktracker",
        "sub": str(owner.pk),
        "jti": str(issued.credential.pk),
        "scope": "user",
        "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + 3600,
    }
    row = Credential.objects.values(
        *("kind", "user", "project", "name", "scope", "digest", "created_at", "expires_at"),
        *("revoked_at", "last_used_at"),
    ).get(pk=issued.credential.pk)
    assert row == {
        "kind": "triggers_token",
        "user": owner.pk,
        "project": None,
        "name": "cron",
        "scope": "user",
        "digest": None,
        "created_at": at,
        "expires_at": at + HOUR,
        "revoked_at": None,
        "last_used_at": None,
    }


def test_token_without_expiry_has_no_exp(issue):
    assert "exp" not in issue().claims


def test_expiry_is_cut_to_whole_seconds_in_row_and_claim(issue, at):
    issued = issue(expires_at=at + HOUR + timedelta(microseconds=999_999))

    issued.credential.refresh_from_db()
    assert issued.credential.expires_at == at + HOUR
    assert issued.claims["exp"] == int((at + HOUR).timestamp())


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"scope": ""}, BadScope),
        ({"scope": "admin"}, BadScope),
        ({"scope": "task:1"}, BadScope),
        ({"scope": "task:"}, BadScope),
        ({"scope": f"task:{str(TASK).upper()}"}, BadScope),
        ({"scope": f"task:{TASK.hex}"}, BadScope),
        ({"scope": f"user task:{TASK}"}, BadScope),
        ({"name": " "}, BadName),
        ({"name": "n" * 101}, BadName),
        ({"expires_at": datetime(2026, 3, 2, 12, 0, tzinfo=UTC)}, BadExpiry),
        ({"expires_at": datetime(2026, 3, 2, 12, 0, 0, 999_999, tzinfo=UTC)}, BadExpiry),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, BadExpiry),
    ],
)
def test_bad_request_issues_nothing(issue, values, refusal):
    with pytest.raises(refusal):
        issue(**values)

    assert Credential.objects.count() == 0


def test_token_cannot_make_or_revoke_tokens(issue, owner):
    issued = issue()
    token = check_triggers_claims(issued.claims)

    with pytest.raises(NotForKeys):
        issue(principal=token)
    with pytest.raises(NotForKeys):
        revoke_credential(principal=token, credential_id=issued.credential.pk, at=token.at)

    assert Credential.objects.filter(revoked_at__isnull=True).count() == 1


# --- checking ---
@pytest.mark.parametrize("scope", ["user", task_scope(TASK)])
def test_good_token_says_who_is_calling(issue, owner, scope):
    before = clock.now()
    issued = issue(scope=scope)

    principal = check_triggers_claims(issued.claims)

    assert principal == Principal(
        user_id=owner.pk,
        kind="triggers_token",
        scopes=frozenset({scope}),
        credential_id=issued.credential.pk,
        organization_id=None,
        project_id=None,
        is_staff=False,
        at=principal.at,
    )
    assert timedelta(seconds=-1) < principal.at - before < timedelta(seconds=60)


def test_token_of_staff_is_no_staff(issue, owner):
    owner.is_staff = True
    owner.save(update_fields=["is_staff"])

    assert not check_triggers_claims(issue().claims).is_staff
    assert principal_of_user(owner, clock.now()).is_staff


def test_token_holds_until_it_expires(issue):
    now = clock.now()
    living = issue(at=now - HOUR, expires_at=now + HOUR)
    dead = issue(at=now - 2 * HOUR, expires_at=now - HOUR)

    check_triggers_claims(living.claims)
    with pytest.raises(BadCredential):
        check_triggers_claims(dead.claims)


def test_revocation_holds_from_the_next_call(issue, owner, principal_of, at):
    issued, other = issue(), issue()
    check_triggers_claims(issued.claims)

    revoke_credential(principal=principal_of(owner), credential_id=issued.credential.pk, at=at)

    with pytest.raises(BadCredential):
        check_triggers_claims(issued.claims)
    check_triggers_claims(other.claims)


def test_token_of_an_inactive_or_removed_account_is_dead(issue, owner):
    issued = issue()

    owner.is_active = False
    owner.save(update_fields=["is_active"])
    with pytest.raises(BadCredential):
        check_triggers_claims(issued.claims)

    owner.delete()
    with pytest.raises(BadCredential):
        check_triggers_claims(issued.claims)


@pytest.mark.parametrize(
    "change",
    [
        {"scope": task_scope(TASK)},
        {"created_at": datetime(2026, 3, 1, tzinfo=UTC)},
        {"expires_at": datetime(2126, 3, 2, tzinfo=UTC)},
        {"kind": "personal_key", "digest": "0" * 64},
    ],
)
def test_row_is_the_authority(issue, change):
    issued = issue()
    check_triggers_claims(issued.claims)

    Credential.objects.filter(pk=issued.credential.pk).update(**change)

    with pytest.raises(BadCredential):
        check_triggers_claims(issued.claims)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"jti": None},
        {"jti": "x"},
        {"jti": 1},
        {"jti": ["x"]},
        {"iss": "somebody"},
        {"sub": 1},
        {"sub": "2"},
        {"scope": "user admin"},
        {"exp": 4102444800},
        {"exp": None},
        {"iat": None},
        {"aud": "us"},
        {"nbf": 0},
        {"is_staff": True},
    ],
)
def test_claims_that_are_not_the_rows_are_refused(issue, change):
    issued = issue()

    with pytest.raises(BadCredential):
        check_triggers_claims({**issued.claims, **(change or {"jti": str(UUID(int=1))})})

    check_triggers_claims(issued.claims)


def test_row_of_somebody_else_does_not_fit(issue, outsider):
    issued = issue()

    Credential.objects.filter(pk=issued.credential.pk).update(user=outsider)

    with pytest.raises(BadCredential):
        check_triggers_claims(issued.claims)


# --- what a check costs ---
def test_check_is_one_statement(issue, django_assert_num_queries):
    issued = issue()
    with django_assert_num_queries(2):  # the first use is written down
        check_triggers_claims(issued.claims)

    with django_assert_num_queries(1):
        check_triggers_claims(issued.claims)


def test_use_is_written_down_once_a_minute(issue, django_assert_num_queries):
    issued = issue()
    row = Credential.objects.filter(pk=issued.credential.pk)
    long_ago = clock.now() - timedelta(seconds=61)
    row.update(last_used_at=long_ago)

    with django_assert_num_queries(2):
        principal = check_triggers_claims(issued.claims)

    written = row.get().last_used_at
    assert abs(written - principal.at) < timedelta(seconds=5)
    with django_assert_num_queries(1):
        check_triggers_claims(issued.claims)
    assert row.get().last_used_at == written


def test_claims_without_an_id_cost_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(BadCredential):
        check_triggers_claims({})


def test_compiled_statement_answers_as_the_orm(issue):
    issued = issue(expires_at=clock.now() + HOUR)

    (compiled,) = _token_row.all(credential_id=issued.credential.pk)
    (plain,) = _token_row.queryset(credential_id=issued.credential.pk)

    assert compiled[:-1] == plain[:-1]
    assert abs(compiled[-1] - plain[-1]) < timedelta(seconds=5)


# --- revoking and listing ---
def test_revoking_twice_is_a_conflict_and_keeps_the_first_moment(issue, owner, principal_of, at):
    issued = issue()
    revoke_credential(principal=principal_of(owner), credential_id=issued.credential.pk, at=at)

    with pytest.raises(AlreadyRevoked):
        revoke_credential(principal=principal_of(owner), credential_id=issued.credential.pk, at=at + HOUR)

    issued.credential.refresh_from_db()
    assert issued.credential.revoked_at == at


def test_teammate_and_outsider_can_neither_see_nor_revoke(
    issue, organization, teammate, outsider, principal_of, at
):
    issued = issue()

    for asks in (teammate, outsider):
        assert list(credentials_of(principal_of(asks))) == []
        with pytest.raises(NotFound):
            revoke_credential(principal=principal_of(asks), credential_id=issued.credential.pk, at=at)
    with pytest.raises(NotFound):
        revoke_credential(principal=principal_of(outsider), credential_id=UUID(int=7), at=at)

    issued.credential.refresh_from_db()
    assert issued.credential.revoked_at is None


@pytest.mark.parametrize("count", [1, 3])
def test_list_is_newest_first_in_one_statement(
    issue, owner, principal_of, at, count, django_assert_num_queries
):
    for hours in range(count):
        issue(name=f"token {hours}", at=at + hours * HOUR)

    with django_assert_num_queries(1):
        listed = list(credentials_of(principal_of(owner)))

    assert [row.name for row in listed] == [f"token {hours}" for hours in reversed(range(count))]


def test_database_refuses_impossible_credentials(issue, at):
    row = Credential.objects.filter(pk=issue().credential.pk)

    for change in (
        {"kind": "other"},
        {"kind": "project_key"},
        {"digest": "0" * 64},
        {"expires_at": at},
        {"name": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**change)
