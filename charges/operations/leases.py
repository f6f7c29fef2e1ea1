"""Claiming a charge that is due, so that one worker at a time asks the processor about it.

A lease keeps the work apart, it is not what keeps money safe: that is the one saved intent (docs/adr/0031).
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from charges.models import Charge
from charges.operations.records import set_columns
from tasktracker.core.clock import DatabaseNow

_MARGIN_SECONDS: Final = 5.0


@dataclass
class Claim:
    """A charge under lease.

    now: the database's clock at the claim.  ends: the lease's end, in monotonic seconds.
    """

    charge: Charge
    now: datetime
    ends: float

    def require_time(self) -> None:
        """Make sure that the lease outlives one more call. Raises StateConflict when another has it."""
        if time.monotonic() + settings.TASKTRACKER_PROCESSOR_SECONDS + _MARGIN_SECONDS < self.ends:
            return
        ends = _lease_ends()
        set_columns(self.charge, lease_until=_lease_until())
        self.ends = ends


def claim_charge(charge_id: UUID, *, at: datetime) -> Claim | None:
    """Take a charge that is due by `at` and that nobody holds, raising fence and tries; else None."""
    ends = _lease_ends()
    is_free = Q(lease_until=None) | Q(lease_until__lt=DatabaseNow())
    with transaction.atomic():
        due = Charge.objects.filter(is_free, pk=charge_id, due_at__lte=at)
        if not due.update(lease_until=_lease_until(), fence=F("fence") + 1, tries=F("tries") + 1):
            return None
        charge = Charge.objects.annotate(now=DatabaseNow()).get(pk=charge_id)
    return Claim(charge, charge.now, ends)


def first_lease() -> dict[str, object]:
    """Return the columns of a charge that is inserted under its maker's own lease."""
    return {"lease_until": _lease_until(), "fence": 1, "tries": 1}


def claim_of_maker(charge: Charge, *, now: datetime) -> Claim:
    """Return the claim of whoever has just inserted a charge under first_lease()."""
    return Claim(charge, now, _lease_ends())


def _lease_until() -> DatabaseNow:
    return DatabaseNow(timedelta(seconds=settings.TASKTRACKER_LEASE_SECONDS))


def _lease_ends() -> float:
    return time.monotonic() + settings.TASKTRACKER_LEASE_SECONDS
