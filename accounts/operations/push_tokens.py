"""Registering and forgetting the devices of an account. Source: agents.md A.2, "UserPushToken".

A token is sealed, never shown again, and found by its digest.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import PushToken
from accounts.queries.accounts import lock_account
from accounts.rules.principal import Principal
from accounts.rules.push_tokens import MAX_PER_ACCOUNT, MAX_TOKEN, PLATFORMS
from tasktracker.core.errors import Invalid, NotFound, Problem
from tasktracker.core.ids import new_id
from tasktracker.core.sealing import digest, seal, unseal

_PLATFORM_PROBLEM: Final = Problem("platform", "invalid_choice", "This is not a platform.")


class BadPushToken(Invalid):
    """The token or its platform cannot be one."""

    code = "bad_push_token"


@transaction.atomic
def register_push_token(*, principal: Principal, token: str, platform: str, at: datetime) -> PushToken:
    """Register a device, or note that it is still there; the 21st of an account takes the oldest's place.

    A device belongs to who registered it last: another account's row for the same token goes away.
    Raises BadPushToken.
    """
    _require_valid(token, platform)
    lock_account(principal.user_id)
    while True:
        new = _new(principal.user_id, token, platform, at)
        PushToken.objects.bulk_create([new], ignore_conflicts=True)
        known = PushToken.objects.select_for_update().filter(digest=new.digest).first()
        if known is None:  # forgotten between the two statements
            continue
        if known.pk != new.pk and known.user_id == principal.user_id:
            known.platform, known.last_seen_at = platform, at
            known.save(update_fields=["platform", "last_seen_at"])
            return known
        if known.pk != new.pk:
            _forget(PushToken.objects.filter(pk=known.pk))
            new.save(force_insert=True)
        _make_place(new)
        return new


@transaction.atomic
def unregister_push_token(*, principal: Principal, token: str) -> None:
    """Forget a device of the caller's, and that it was watching anything. An unknown one is fine."""
    lock_account(principal.user_id)
    _forget(PushToken.objects.filter(user_id=principal.user_id, digest=digest(token)))


def unregister_push_device(*, principal: Principal, token_id: UUID) -> None:
    """Forget a device of the caller's by its id. Raises NotFound."""
    deleted, _ = PushToken.objects.filter(user_id=principal.user_id, pk=token_id).delete()
    if not deleted:
        raise NotFound


def forget_push_token(token_id: UUID) -> None:
    """Forget a device whose push service says that it is gone. Inside a transaction."""
    _forget(PushToken.objects.filter(pk=token_id))


def hold_device(*, principal: Principal, device_id: UUID) -> bool:
    """Say whether a device is the caller's, and let it stay until the transaction ends.

    Lock order: account, device, what hangs on it.
    """
    lock_account(principal.user_id)
    own = PushToken.objects.select_for_update(no_key=True).filter(pk=device_id, user_id=principal.user_id)
    return own.only("pk").first() is not None


def clear_token(token: PushToken) -> str:
    """Open the token of a device, to push to it. Raises core.sealing.CannotOpen."""
    return unseal(token.token_sealed, purpose=_purpose(token.pk)).decode()


def _purpose(token_id: UUID) -> str:
    return f"push_token:{token_id}"


def _require_valid(token: str, platform: str) -> None:
    problems = [] if platform in PLATFORMS else [_PLATFORM_PROBLEM]
    if not token.strip():
        problems.append(Problem("token", "blank", "This field may not be blank."))
    if len(token) > MAX_TOKEN:
        problems.append(
            Problem("token", "max_length", f"Ensure this field has no more than {MAX_TOKEN} characters.")
        )
    if problems:
        raise BadPushToken(*problems)


def _new(user_id: int, token: str, platform: str, at: datetime) -> PushToken:
    token_id = new_id()
    return PushToken(
        pk=token_id,
        user_id=user_id,
        digest=digest(token),
        token_sealed=seal(token.encode(), purpose=_purpose(token_id)),
        platform=platform,
        created_at=at,
        last_seen_at=at,
    )


def _make_place(new: PushToken) -> None:
    """Forget the devices seen longest ago, where one more is too many."""
    others = PushToken.objects.filter(user_id=new.user_id).exclude(pk=new.pk)
    newest_first = others.order_by("-last_seen_at", "-pk")
    surplus = list(newest_first.values_list("pk", flat=True)[MAX_PER_ACCOUNT - 1 :])
    if surplus:
        _forget(PushToken.objects.filter(pk__in=surplus))


def _forget(devices: QuerySet[PushToken]) -> None:
    """Delete devices, each locked before what hangs on it: deleting alone takes the locks the other way."""
    ids = list(devices.select_for_update().order_by("pk").values_list("pk", flat=True))
    PushToken.objects.filter(pk__in=ids).delete()
