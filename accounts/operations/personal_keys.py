"""Issuing and checking personal keys: how agents, runners and apps act for a person.

Only a digest is stored (reliability.md 4.5). Revoking is credentials.revoke_credential; what a scope allows
is rules/personal_keys.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Credential, CredentialProject
from accounts.operations.credentials import BadExpiry, note_use
from accounts.queries.projects import projects_visible_to
from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH, given_name
from accounts.rules.personal_keys import PERSONAL_SCOPES, is_secret, new_secret
from accounts.rules.principal import Principal, require_whole_account
from accounts.rules.scopes import PERSONAL_KEY
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.errors import BadCredential, Invalid, NotFound, Problem
from tasktracker.core.sealing import digest


class BadPersonalKey(BadCredential):
    """Unknown, revoked or expired, or its account is closed."""

    default_message = "Personal API key found in request Authorization header is invalid."


class BadScopes(Invalid):
    """The scopes are none that a personal key can have."""

    code = "bad_scope"

    def __init__(self) -> None:
        choices = ", ".join(PERSONAL_SCOPES)
        super().__init__(Problem("scopes", "invalid_choice", f"Choose at least one of {choices}."))


@dataclass(frozen=True)
class IssuedPersonalKey:
    """A fresh key; its secret is not shown again."""

    credential: Credential
    secret: str


@transaction.atomic
def issue_personal_key(
    *,
    principal: Principal,
    name: str,
    scopes: Collection[str],
    project_ids: Collection[int] | None = None,
    expires_at: datetime | None = None,
    at: datetime,
) -> IssuedPersonalKey:
    """Make a key that acts for the caller, within its scopes.

    project_ids: it reaches these only; None = all of the account's, also later ones.
    Raises NotForKeys, BadName, BadScopes, BadExpiry, NotFound (a project that the caller does not reach).
    """
    require_whole_account(principal)
    if not scopes or set(scopes) - set(PERSONAL_SCOPES):
        raise BadScopes
    if expires_at is not None and expires_at <= at:
        raise BadExpiry
    secret = new_secret()
    credential = Credential.objects.create(
        kind=PERSONAL_KEY,
        user_id=principal.user_id,
        name=given_name(name, max_length=CREDENTIAL_NAME_MAX_LENGTH),
        scope=" ".join(scope for scope in PERSONAL_SCOPES if scope in scopes),
        is_tied=project_ids is not None,
        digest=digest(secret),
        created_at=at,
        expires_at=expires_at,
    )
    if project_ids is not None:
        _tie(credential, principal, set(project_ids))
    return IssuedPersonalKey(credential, secret)


def _tie(credential: Credential, principal: Principal, project_ids: set[int]) -> None:
    if projects_visible_to(principal).filter(pk__in=project_ids).count() < len(project_ids):
        raise NotFound
    CredentialProject.objects.bulk_create(
        CredentialProject(credential=credential, project_id=project_id) for project_id in sorted(project_ids)
    )


def check_personal_key(text: str) -> Principal:
    """Check a key and say who is calling. Writes `last_used_at` at most once a minute.

    Raises BadPersonalKey, always the same one.
    """
    row = _key_row.first(digest=digest(text)) if is_secret(text) else None
    if row is None:
        raise BadPersonalKey
    credential_id, user_id, is_active, scope, is_tied, expires_at, revoked_at, last_used_at, at = row
    if not is_active or revoked_at is not None or (expires_at is not None and expires_at <= at):
        raise BadPersonalKey
    note_use(credential_id, last_used_at=last_used_at, at=at)
    return Principal(
        user_id=user_id,
        kind=PERSONAL_KEY,
        scopes=frozenset(scope.split()),
        credential_id=credential_id,
        organization_id=None,
        project_id=None,
        project_ids=_projects_of(credential_id) if is_tied else None,
        is_staff=False,
        at=at,
    )


def _projects_of(credential_id: UUID) -> frozenset[int]:
    return frozenset(project_id for (project_id,) in _tied_rows.all(credential_id=credential_id))


def _key_query(digest: str) -> QuerySet[Credential, Any]:
    """The whole decision in one statement: the row, its account and the database's clock."""
    return Credential.objects.filter(digest=digest, kind=PERSONAL_KEY).values_list(
        "pk",
        "user_id",
        "user__is_active",
        "scope",
        "is_tied",
        "expires_at",
        "revoked_at",
        "last_used_at",
        DatabaseNow(),
    )


_key_row = CompiledQuery(_key_query, digest="")
_tied_rows = CompiledQuery(
    lambda credential_id: CredentialProject.objects.filter(credential=credential_id).values_list(
        "project_id"
    ),
    credential_id=UUID(int=1),
)
