"""Recurring stakes as their owner sees them."""

from collections.abc import Sequence
from typing import Final

from accounts.rules.principal import Principal
from charges.models import RecurringStake

PAGE_SIZE: Final = 20


def recurring_page(
    *, principal: Principal, page: int = 0, only_days: bool = False
) -> Sequence[RecurringStake]:
    """List a page of 20 of the caller's recurring stakes that go on, newest first.

    page: from 0.  only_days: without those that count calendar months, for who has no word for them.
    """
    own = RecurringStake.objects.filter(user_id=principal.user_id, stopped_at=None).order_by("-pk")
    if only_days:
        own = own.filter(days__isnull=False)
    first = page * PAGE_SIZE
    return list(own[first : first + PAGE_SIZE])
