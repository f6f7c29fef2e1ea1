"""Devices: the mobile apps that somebody is signed in with, each with a token of its own until it is revoked.

How a person proves who they are is sign_in.py. Only a digest of the token is stored (reliability.md 4.5).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Credential, User
from accounts.operations.credentials import note_use
from accounts.rules.device_tokens import is_device_token, new_device_token
from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH, given_name
from accounts.rules.principal import Principal, require_person
from accounts.rules.scopes import DEVICE_TOKEN
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.compiled import CompiledQuery
from tasktracker.core.errors import BadCredential, Conflict, NotFound
from tasktracker.core.sealing import digest

_SCOPE: Final = ""  # device tokens have none (ruling "Device tokens")


class NotEnrolled(Conflict):
    """The account has not finished enrolment on the web (ruling "Mobile")."""

    code = "user_not_enrolled"
    default_message = "Finish setting up your account on the web first."


@dataclass(frozen=True)
class SignedInDevice:
    """A device that was just signed in. token: not shown again. principal: of its owner, with that token."""

    credential: Credential
    token: str
    principal: Principal


def issue_device_token(*, user: User, name: str, at: datetime) -> SignedInDevice:
    """Sign a device in for a person whose credentials were checked. Raises BadName."""
    token = new_device_token()
    credential = Credential.objects.create(
        kind=DEVICE_TOKEN,
        user=user,
        name=given_name(name, max_length=CREDENTIAL_NAME_MAX_LENGTH, field="device_name"),
        scope=_SCOPE,
        digest=digest(token),
        created_at=at,
    )
    return SignedInDevice(credential, token, _principal(credential.pk, user.pk, at))


def check_device_token(text: str) -> Principal:
    """Say who calls with a device token, enrolled or not. Raises BadCredential, always the same one."""
    principal, _ = _checked(text)
    return principal


def check_enrolled_device(text: str) -> Principal:
    """Say who calls with a device token. Raises BadCredential, NotEnrolled."""
    principal, is_enrolled = _checked(text)
    if not is_enrolled:
        raise NotEnrolled
    return principal


def revoke_device(*, principal: Principal, device_id: UUID, at: datetime) -> None:
    """Sign a device of the caller's own account out, from the next request on and for ever.

    Raises NotForKeys, NotFound (also when it was signed out before).
    """
    require_person(principal)
    if not _signed_in(principal.user_id).filter(pk=device_id).update(revoked_at=at):
        raise NotFound


def sign_out(*, principal: Principal, at: datetime) -> None:
    """Sign the device that is calling out. Raises NotFound (nobody is signed in with it any more)."""
    if principal.credential_id is None:
        raise NotFound
    revoke_device(principal=principal, device_id=principal.credential_id, at=at)


def revoke_devices(*, user_id: int) -> int:
    """Sign every device of an account out. Returns how many."""
    return _signed_in(user_id).update(revoked_at=DatabaseNow())


def _signed_in(user_id: int) -> QuerySet[Credential]:
    return Credential.objects.filter(user_id=user_id, kind=DEVICE_TOKEN, revoked_at=None)


# The whole decision in one statement: the row, its owner and the database's clock.
_device_row = CompiledQuery(
    lambda digest: Credential.objects.filter(digest=digest, kind=DEVICE_TOKEN, revoked_at=None).values_list(
        "pk", "user_id", "user__enrolled_at", "last_used_at", "user__is_active", DatabaseNow()
    ),
    digest="",
)


def _checked(text: str) -> tuple[Principal, bool]:
    row = _device_row.first(digest=digest(text)) if is_device_token(text) else None
    if row is None:
        raise BadCredential
    credential_id, user_id, enrolled_at, last_used_at, is_active, at = row
    if not is_active:
        raise BadCredential
    note_use(credential_id, last_used_at=last_used_at, at=at)
    return _principal(credential_id, user_id, at), enrolled_at is not None


def _principal(credential_id: UUID, user_id: int, at: datetime) -> Principal:
    return Principal(
        user_id=user_id,
        kind=DEVICE_TOKEN,
        scopes=frozenset(),
        credential_id=credential_id,
        organization_id=None,
        project_id=None,
        is_staff=False,
        at=at,
    )
