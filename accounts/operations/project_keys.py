"""Issuing, checking and revoking project keys: how job runners prove what project they work for.

Only a digest is stored (reliability.md 4.5). What may be done with a key is decided where it is used.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import Credential, Membership
from accounts.operations.credentials import AlreadyRevoked, note_use
from accounts.queries.credentials import project_keys_visible_to
from accounts.queries.organizations import own_role
from accounts.queries.projects import project_visible_to
from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH, given_name
from accounts.rules.principal import Principal, require_whole_account
from accounts.rules.project_keys import encoded, new_secret, read_key
from accounts.rules.roles import OWNER, may_manage
from accounts.rules.scopes import PROJECT_KEY
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledQuery, Row
from tasktracker.core.errors import BadCredential, Forbidden, NotFound
from tasktracker.core.sealing import digest

_SCOPE = "project"


class NotYourKey(Forbidden):
    """Members revoke their own keys; those who manage the organization revoke everybody's."""

    default_message = "Only who made this key, or who manages the organization, can revoke it."


@dataclass(frozen=True)
class IssuedProjectKey:
    """A fresh key in both spellings; neither is shown again."""

    credential: Credential
    secret: str
    encoded: str


def issue_project_key(*, principal: Principal, project_id: int, name: str, at: datetime) -> IssuedProjectKey:
    """Make a key to a project that the caller may write in, which is every one of their organizations'.

    Raises NotForKeys, NotFound, BadName.
    """
    require_whole_account(principal)
    project = project_visible_to(principal, project_id=project_id)
    secret = new_secret()
    credential = Credential.objects.create(
        kind=PROJECT_KEY,
        user_id=principal.user_id,
        project=project,
        name=given_name(name, max_length=CREDENTIAL_NAME_MAX_LENGTH),
        scope=_SCOPE,
        digest=digest(secret),
        created_at=at,
    )
    spelled = encoded(org=project.organization.slug, project=project.slug, secret=secret)
    return IssuedProjectKey(credential, secret, spelled)


def revoke_project_key(*, principal: Principal, credential_id: UUID, at: datetime) -> None:
    """End a project key, from the next request on and for ever: one's own, or any as who manages the project.

    Raises NotForKeys, NotFound, NotYourKey, AlreadyRevoked.
    """
    require_whole_account(principal)
    key = project_keys_visible_to(principal).filter(pk=credential_id).first()
    if key is None or key.project is None:
        raise NotFound
    is_own = key.user_id == principal.user_id
    if not is_own and not may_manage(own_role(principal, key.project.organization_id)):
        raise NotYourKey
    if not Credential.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        raise AlreadyRevoked


def check_project_key(text: str, *, org: str, project: str) -> Principal:
    """Check a key in either spelling for the project in a path, and say who is calling.

    Who calls is the key's maker while they belong to the organization, then its longest-standing owner
    (ruling "Owner"). Writes `last_used_at` at most once a minute.
    Raises BadCredential (always the same one), NotFound (a good key, of another project than the path's).
    """
    key = read_key(text)
    row = _key_row.first(digest=digest(key.secret)) if key else None
    if key is None or row is None:
        raise BadCredential
    principal, place = _read(row)
    if key.place is not None and key.place != place:
        raise BadCredential
    if place != (org, project):
        raise NotFound
    return principal


def _read(row: Row) -> tuple[Principal, tuple[str, str]]:
    """Judge a key's row. Raises BadCredential: revoked, expired, or nobody is left to call for."""
    credential_id, maker_id, is_member, owner_id, *rest = row
    project_id, organization_id, org, project, expires_at, revoked_at, last_used_at, at = rest
    user_id = maker_id if is_member else owner_id
    if revoked_at is not None or user_id is None or (expires_at is not None and expires_at <= at):
        raise BadCredential
    note_use(credential_id, last_used_at=last_used_at, at=at)
    principal = Principal(
        user_id=user_id,
        kind=PROJECT_KEY,
        scopes=frozenset(),
        credential_id=credential_id,
        organization_id=organization_id,
        project_id=project_id,
        is_staff=False,
        at=at,
    )
    return principal, (org, project)


def _key_query(digest: str) -> QuerySet[Credential, Row]:
    """The whole decision in one statement: the row, its place, who answers for it, the database's clock."""
    members = Membership.objects.filter(
        organization=OuterRef("project__organization_id"), user__is_active=True
    ).order_by()
    owners = members.filter(role=OWNER).order_by("user_id").values("user_id")
    return Credential.objects.filter(digest=digest, kind=PROJECT_KEY).values_list(
        "pk",
        "user_id",
        Exists(members.filter(user=OuterRef("user_id"))),
        Subquery(owners[:1]),
        "project_id",
        "project__organization_id",
        "project__organization__slug",
        "project__slug",
        "expires_at",
        "revoked_at",
        "last_used_at",
        DatabaseNow(),
    )


_key_row = CompiledQuery(_key_query, digest="")
