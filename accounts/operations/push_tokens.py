"""Registering and forgetting the devices of an account. Source: agents.md A.2, "UserPushToken".

A token is sealed, never shown again, and found by its digest.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

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
    token_digest = digest(token)
    known = PushToken.objects.filter(digest=token_digest).select_for_update().first()
    if known is not None and known.user_id == principal.user_id:
        known.platform, known.last_seen_at = platform, at
        known.save(update_fields=["platform", "last_seen_at"])
        return known
    if known is not None:
        known.delete()
    _make_place(principal.user_id)
    token_id = new_id()
    return PushToken.objects.create(
        pk=token_id,
        user_id=principal.user_id,
        digest=token_digest,
        token_sealed=seal(token.encode(), purpose=_purpose(token_id)),
        platform=platform,
        created_at=at,
        last_seen_at=at,
    )


def unregister_push_token(*, principal: Principal, token: str) -> None:
    """Forget a device of the caller's, and that it was watching anything. An unknown one is fine."""
    PushToken.objects.filter(user_id=principal.user_id, digest=digest(token)).delete()


def unregister_push_device(*, principal: Principal, token_id: UUID) -> None:
    """Forget a device of the caller's by its id. Raises NotFound."""
    deleted, _ = PushToken.objects.filter(user_id=principal.user_id, pk=token_id).delete()
    if not deleted:
        raise NotFound


def forget_push_token(token_id: UUID) -> None:
    """Forget a device whose push service says that it is gone."""
    PushToken.objects.filter(pk=token_id).delete()


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


def _make_place(user_id: int) -> None:
    """Forget the devices seen longest ago, so that one more is not too many."""
    newest_first = PushToken.objects.filter(user_id=user_id).order_by("-last_seen_at", "-pk")
    surplus = list(newest_first.values_list("pk", flat=True)[MAX_PER_ACCOUNT - 1 :])
    if surplus:
        PushToken.objects.filter(pk__in=surplus).delete()
