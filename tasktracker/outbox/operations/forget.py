"""Forgetting an account: nothing of it is sent any more, and what was to be said is blanked."""

from tasktracker.core.clock import DatabaseNow
from tasktracker.outbox.models import Attempt, Delivery


def forget_deliveries(*, account_id: int) -> None:
    """Cancel what waits for an account, and blank every payload and reply of it. Safe to repeat.

    What a worker is sending at this moment ends by itself; its payload is gone, too.
    """
    own = Delivery.objects.filter(account_id=account_id)
    own.filter(state="pending", lease_until=None).update(state="cancelled", finished_at=DatabaseNow())
    own.update(payload="", last_error="")
    Attempt.objects.filter(delivery__account_id=account_id).update(reply_excerpt="", error="")
