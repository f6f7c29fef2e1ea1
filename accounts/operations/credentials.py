"""Issuing, checking and revoking the credentials of programs.

A token is its claims here. How they are spelled and signed is the interface's matter
(tasktracker.http.tokens); who may do what with it is decided where it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from accounts.models import Credential, User
from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH, given_name
from accounts.rules.principal import Principal, require_person
from accounts.rules.scopes import SESSION, TRIGGERS_TOKEN, is_triggers_scope
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.errors import BadCredential, Conflict, Invalid, NotFound, Problem

ISSUER: Final = "tasktracker"

_TOUCH_EVERY = timedelta(minutes=1)


class BadScope(Invalid):
    """The scope is none that this kind of credential can have."""

    code = "bad_scope"

    def __init__(self) -> None:
        super().__init__(Problem("scope", "invalid_choice", "The scope is `user` or `task:<id>`."))


class BadExpiry(Invalid):
    """The moment at which the credential should end has passed."""

    code = "bad_expiry"

    def __init__(self) -> None:
        super().__init__(Problem("expires_at", "in_the_past", "The expiry must lie in the future."))


class AlreadyRevoked(Conflict):
    """The credential was revoked before."""

    code = "already_revoked"
    default_message = "This credential has been revoked already."


@dataclass(frozen=True)
class IssuedToken:
    """A fresh credential and the claims to sign, the only ones with which it is accepted."""

    credential: Credential
    claims: dict[str, Any]


def principal_of_user(user: User, at: datetime) -> Principal:
    """Make the principal of a person who signed in: the whole account."""
    return Principal(
        user_id=user.pk,
        kind=SESSION,
        scopes=frozenset(),
        credential_id=None,
        organization_id=None,
        project_id=None,
        is_staff=user.is_staff,
        at=at,
    )


def issue_triggers_token(
    *, principal: Principal, name: str, scope: str, expires_at: datetime | None = None, at: datetime
) -> IssuedToken:
    """Make a token for the triggers dialect; whoever hands it out signs its claims.

    scope: `user` or `task:<id>`; that the task is the caller's own is checked above, where tasks are known.
    expires_at: cut to whole seconds, as tokens carry it; None = until revoked.
    Raises NotForKeys, BadName, BadScope, BadExpiry.
    """
    require_person(principal)
    if not is_triggers_scope(scope):
        raise BadScope
    ends_at = expires_at.astimezone(UTC).replace(microsecond=0) if expires_at else None
    if ends_at and ends_at <= at:
        raise BadExpiry
    credential = Credential.objects.create(
        kind=TRIGGERS_TOKEN,
        user_id=principal.user_id,
        name=given_name(name, max_length=CREDENTIAL_NAME_MAX_LENGTH),
        scope=scope,
        created_at=at,
        expires_at=ends_at,
    )
    return IssuedToken(credential, _claims(credential.pk, principal.user_id, scope, at, ends_at))


def _claims(
    credential_id: UUID, user_id: int, scope: str, created_at: datetime, expires_at: datetime | None
) -> dict[str, Any]:
    """Write what a row's token says: the only claims with which it is accepted."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "sub": str(user_id),
        "jti": str(credential_id),
        "scope": scope,
        "iat": int(created_at.timestamp()),
    }
    if expires_at is not None:
        claims["exp"] = int(expires_at.timestamp())
    return claims


# The whole decision in one statement: the row, its owner and the database's clock.
_token_row = CompiledQuery(
    lambda credential_id: Credential.objects.filter(pk=credential_id).values_list(
        "kind",
        "user_id",
        "scope",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "user__is_active",
        DatabaseNow(),
    ),
    credential_id=UUID(int=1),
)


def check_triggers_claims(claims: Mapping[str, Any]) -> Principal:
    """Check the claims of a well-signed token and say who is calling.

    The row is the authority: every claim must equal it on every call, so a revocation holds at once.
    Writes `last_used_at` at most once a minute.
    Raises BadCredential, always the same one.
    """
    credential_id = _id_of(claims)
    row = _token_row.first(credential_id=credential_id)
    if row is None:
        raise BadCredential
    kind, user_id, scope, created_at, expires_at, revoked_at, last_used_at, is_active, at = row
    is_good = kind == TRIGGERS_TOKEN and is_active and revoked_at is None
    if not is_good or (expires_at is not None and expires_at <= at):
        raise BadCredential
    if claims != _claims(credential_id, user_id, scope, created_at, expires_at):
        raise BadCredential
    principal = Principal(
        user_id=user_id,
        kind=kind,
        scopes=frozenset((scope,)),
        credential_id=credential_id,
        organization_id=None,
        project_id=None,
        is_staff=False,
        at=at,
    )
    note_use(credential_id, last_used_at=last_used_at, at=at)
    return principal


def _id_of(claims: Mapping[str, Any]) -> UUID:
    text = claims.get("jti")
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise BadCredential from None


def note_use(credential_id: UUID, *, last_used_at: datetime | None, at: datetime) -> None:
    """Write that a credential is in use, at most once a minute. last_used_at, at: as the check read them."""
    if last_used_at is not None and last_used_at > at - _TOUCH_EVERY:
        return
    is_stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=DatabaseNow(-_TOUCH_EVERY))
    Credential.objects.filter(is_stale, pk=credential_id).update(last_used_at=DatabaseNow())


def revoke_credential(
    *, principal: Principal, credential_id: UUID, kind: str | None = None, at: datetime
) -> None:
    """End a credential of the caller's own account, from the next request on and for ever.

    kind: the only one looked for; None = any.  Raises NotForKeys, NotFound, AlreadyRevoked.
    """
    require_person(principal)
    own = Credential.objects.filter(pk=credential_id, user_id=principal.user_id)
    if kind is not None:
        own = own.filter(kind=kind)
    if own.filter(revoked_at__isnull=True).update(revoked_at=at):
        return
    if own.exists():
        raise AlreadyRevoked
    raise NotFound
