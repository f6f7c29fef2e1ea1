"""What an account should look at today: due, at stake, running, failing, done. A fixed number of statements.

Lists of any other kind are listing.py; what may be done with a task stands in operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from accounts.rules.principal import Principal
from tasks.models import Occurrence, Task, Webhook
from tasks.queries.progress import running_anywhere
from tasks.queries.tasks import listed, visible_to
from tasks.queries.webhooks import troubled_webhooks
from tasks.rules.progress import Tracked
from tasks.rules.vocabulary import OccurrenceStatus, Status

SHOWN_MOST: Final = 50
_RUNNING_MOST: Final = 10
_FAILING_MOST: Final = 10
_FAILING_DAYS: Final = 7
_OVER: Final = (Status.SUCCESS, Status.EXPIRED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Today:
    """The caller's day. Everything is the caller's own, but running and failing, which is all in reach.

    waiting: triggered, or come round, and without a deadline of today. has_more_due: the first three lists
    end before they are whole. at_stake_cents: of all open stakes, also those not listed.
    """

    overdue: Sequence[Task]
    due: Sequence[Task]
    waiting: Sequence[Task]
    has_more_due: bool
    done: Sequence[Task]
    staked: Sequence[Task]
    at_stake_cents: int
    running: Sequence[Tracked]
    failing: Sequence[Task]
    webhooks: Sequence[Webhook]


def today_of(principal: Principal, *, at: datetime, begins_at: datetime, ends_at: datetime) -> Today:
    """Read the caller's day in seven statements.

    begins_at, ends_at: of the day in the caller's time zone; aware.
    Raises Forbidden (a credential that does not reach the whole account).
    """
    own = Task.objects.filter(owner_id=principal.user_id, deleted_at=None, archived_at=None)
    to_do = _to_do(own, ends_at)
    staked = own.filter(stake_cents__isnull=False, due_at__gt=at).exclude(status__in=_OVER)
    shown = to_do[:SHOWN_MOST]
    return Today(
        overdue=[task for task in shown if task.due_at and task.due_at <= at],
        due=[task for task in shown if task.due_at and at < task.due_at <= ends_at],
        waiting=[task for task in shown if not task.due_at or task.due_at > ends_at],
        has_more_due=len(to_do) > SHOWN_MOST,
        done=list(_done(own, begins_at)[:SHOWN_MOST]),
        staked=list(listed(staked).order_by("due_at", "pk")[:SHOWN_MOST]),
        at_stake_cents=staked.aggregate(cents=Sum("stake_cents"))["cents"] or 0,
        running=running_anywhere(principal, limit=_RUNNING_MOST),
        failing=_failing(principal, at),
        webhooks=troubled_webhooks(principal, limit=_FAILING_MOST),
    )


def _to_do(own: QuerySet[Task], ends_at: datetime) -> list[Task]:
    """List what is due until the day ends, or waits to be done, the earliest deadline first."""
    waits = Exists(Occurrence.objects.filter(task=OuterRef("pk"), status=OccurrenceStatus.PENDING))
    rows = listed(own.exclude(status__in=_OVER).filter(Q(due_at__lte=ends_at) | Q(waits)))
    return list(rows.order_by(F("due_at").asc(nulls_last=True), "-pk")[: SHOWN_MOST + 1])


def _done(own: QuerySet[Task], begins_at: datetime) -> QuerySet[Task]:
    return listed(own.filter(status=Status.SUCCESS, completed_at__gte=begins_at)).order_by(
        "-completed_at", "-pk"
    )


def _failing(principal: Principal, at: datetime) -> list[Task]:
    """List what failed, or fell silent, in the last days and was not put away."""
    rows = visible_to(principal).filter(
        status__in=[Status.ERROR, Status.STALE],
        archived_at=None,
        updated_at__gt=at - timedelta(days=_FAILING_DAYS),
    )
    return list(listed(rows).order_by("-updated_at", "-pk")[:_FAILING_MOST])
