"""The daily digest of stakes that are still open, and how one gets no more of them (RFC 8058)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q

from accounts.models import User
from accounts.operations.accounts import set_unsubscribed
from charges.models import Wallet
from charges.operations import mails
from charges.rules.digests import next_morning
from charges.rules.links import UNSUBSCRIBE_PURPOSE, unsubscribe_url
from tasks.models import Task
from tasks.rules.vocabulary import Status
from tasktracker.core.derived import derived_secret, is_derived_secret
from tasktracker.core.errors import NotFound
from tasktracker.core.money import dollars

_BATCH: Final = 100
_LISTED_MOST: Final = 50


def queue_digests(at: datetime) -> int:
    """Queue the digests that are due, one for each account and day. Returns how many.

    None for who has nothing open, or unsubscribed. Safe to run twice and side by side.
    """
    queued = 0
    while batch := _due_ids(at):
        ends = [_decide(user_id, at) for user_id in batch]
        queued += ends.count(True)
        if all(end is None for end in ends):
            break
    return queued


def unsubscribe_by_link(*, user_id: int, key: str) -> None:
    """End digests by the link in one, without signing in. Doing it again changes nothing.

    Raises NotFound, the same for every miss.
    """
    require_digest_link(user_id=user_id, key=key)
    set_unsubscribed(user_id=user_id, is_unsubscribed=True)


def require_digest_link(*, user_id: int, key: str) -> None:
    """Check the link of a digest. Raises NotFound, the same for every miss."""
    if not is_derived_secret(key, UNSUBSCRIBE_PURPOSE, user_id):
        raise NotFound


def unsubscribe_link(user_id: int) -> str:
    """Write the link that ends digests."""
    return unsubscribe_url(
        settings.TASKTRACKER_BASE_URL, user_id, derived_secret(UNSUBSCRIBE_PURPOSE, user_id)
    )


def _due_ids(at: datetime) -> list[int]:
    """List who is to be considered: when their morning came, or when they never were."""
    due = Wallet.objects.filter(Q(digest_at__lte=at) | Q(digest_at=None), user__is_active=True)
    return list(due.order_by("pk").values_list("pk", flat=True)[:_BATCH])


def _decide(user_id: int, at: datetime) -> bool | None:
    """Send or do not, and look to the next morning. None: somebody else does it."""
    with transaction.atomic():
        rows = Wallet.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
        wallet = rows.filter(Q(digest_at__lte=at) | Q(digest_at=None), pk=user_id).first()
        if wallet is None:
            return None
        user = wallet.user
        due_at = wallet.digest_at or _first_morning(user, at)
        is_sent = due_at <= at and not user.is_unsubscribed and _send(user, due_at)
        wallet.digest_at = next_morning(at, user.time_zone) if due_at <= at else due_at
        wallet.save(update_fields=["digest_at"])
    return is_sent


def _first_morning(user: User, at: datetime) -> datetime:
    """Return the morning after somebody's first open stake."""
    first = _open_stakes(user.pk).aggregate(first=Min("created_at"))["first"]
    return next_morning(min(first or at, at), user.time_zone)


def _send(user: User, due_at: datetime) -> bool:
    stakes = _open_stakes(user.pk)
    tasks = list(stakes.order_by("due_at", "pk").values("title", "due_at", "stake_cents")[:_LISTED_MOST])
    if not tasks:
        return False
    count = stakes.count()
    link = unsubscribe_link(user.pk)
    mails.mail_owner(
        user,
        mails.DIGEST,
        key=f"{user.pk}:{due_at:%Y-%m-%d}",
        tasks=_with_dollars(tasks),
        count=count,
        more=count - len(tasks),
        unsubscribe_url=link,
        headers={
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    return True


def _with_dollars(tasks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**task, "stake": dollars(task["stake_cents"])} for task in tasks]


def _open_stakes(user_id: int) -> Any:
    decided = {Status.SUCCESS, Status.EXPIRED}
    own = Task.objects.filter(owner_id=user_id, stake_cents__isnull=False, deleted_at=None)
    return own.exclude(status__in=sorted(decided))
