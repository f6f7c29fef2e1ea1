"""Prints what the database says about money, as JSON: python -m tests.faults.charges.rows <days>.

First it runs `manage.py sweep --at` so many days from now, to its end.
"""

import io
import json
import sys
from datetime import timedelta
from itertools import pairwise
from typing import Any

import django
from django.core.management import call_command


def main(days_ahead: int) -> dict[str, Any]:
    from tasktracker.core import clock

    moment = clock.now() + timedelta(days=days_ahead)
    call_command("sweep", at=moment.isoformat(), stdout=io.StringIO())
    return rows()


def rows() -> dict[str, Any]:
    """Read every charge, with the sums and counts that must agree with them."""
    from django.db.models import Sum

    from charges.models import Charge, Closing, Difference, MonthLedger, ProcessorEvent
    from charges.queries.charges import events_of
    from tasks.models import Task

    columns = ("id", "kind", "status", "cents", "request_id", "is_contested", "needs_person", "tries", "wish")
    charges = [{**row, "id": str(row["id"])} for row in Charge.objects.values(*columns)]
    unlike = [str(charge.pk) for charge in Charge.objects.all() if not _adds_up(charge, events_of(charge))]
    reserved = MonthLedger.objects.aggregate(staked=Sum("staked_cents"), charged=Sum("charged_cents"))
    staked = Task.objects.filter(stake_cents__isnull=False).aggregate(sum=Sum("stake_cents"))["sum"]
    return {
        "charges": charges,
        "events_unlike_rows": unlike,
        "reserved": reserved,
        "staked_in_tasks": staked,
        "differences": list(Difference.objects.values_list("key", "detail")),
        "closings": Closing.objects.filter(erased_at=None).count(),
        "events_waiting": ProcessorEvent.objects.filter(due_at__isnull=False).count(),
        "tasks_expired": Task.objects.filter(status="expired").count(),
        "stakes_missed": Charge.objects.filter(kind="stake").count(),
    }


def _adds_up(charge: Any, events: Any) -> bool:
    """Replay the log of a charge (P33)."""
    last = events[-1]
    said = (last.after, last.after_wish, last.after_is_contested, last.after_needs_person)
    chain = all(one.after == two.before for one, two in pairwise(events))
    return chain and said == (charge.status, charge.wish, charge.is_contested, charge.needs_person)


if __name__ == "__main__":
    django.setup()
    json.dump(main(int(sys.argv[1])), sys.stdout)
