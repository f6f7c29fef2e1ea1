"""An account in numbers: what it did and missed, what it risked and paid, how long its jobs took.

Putting days together is tasks/rules/numbers.py; drawing is the page's.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate

from accounts.rules.principal import Principal
from charges.queries.charges import Month, months_of
from charges.rules.months import month_of
from tasks.models import Occurrence, Task
from tasks.queries.tasks import visible_to
from tasks.rules.numbers import Streaks, medians_per_week, per_week, streaks, weeks_back
from tasks.rules.schedule import instant
from tasks.rules.vocabulary import OccurrenceStatus, Status

WEEKS: Final = 12
MONTHS: Final = 12
_JOBS_MOST: Final = 5000


@dataclass(frozen=True, slots=True)
class Numbers:
    """The caller's numbers. weeks: Mondays, oldest first; what follows has one number for each of them.

    missed: occurrences and staked deadlines. months: UTC. job_seconds: the
    median of the jobs in reach that ended well in that week; None where none did.
    """

    weeks: Sequence[date]
    completed: Sequence[int]
    missed: Sequence[int]
    job_seconds: Sequence[float | None]
    months: Sequence[Month]
    streaks: Streaks


def numbers_of(principal: Principal, *, at: datetime, zone: ZoneInfo) -> Numbers:
    """Read the caller's numbers in five statements. zone: the caller's, in which days begin."""
    today = at.astimezone(zone).date()
    weeks = weeks_back(today, WEEKS)
    since = instant(weeks[0], time(), zone)
    completed, missed = _by_day(principal, zone)
    missed.update(_expired_by_day(principal, zone, since))
    return Numbers(
        weeks=weeks,
        completed=per_week(completed, weeks),
        missed=per_week(missed, weeks),
        job_seconds=medians_per_week(_jobs(principal, zone, since), weeks),
        months=months_of(principal, until=month_of(at), count=MONTHS),
        streaks=streaks(completed, today),
    )


def _by_day(principal: Principal, zone: ZoneInfo) -> tuple[Counter[date], Counter[date]]:
    """Count what was ever completed and missed on each day, of deleted tasks, too."""
    words = {OccurrenceStatus.COMPLETED: Counter[date](), OccurrenceStatus.MISSED: Counter[date]()}
    closed = Occurrence.objects.filter(
        task__owner=principal.user_id, status__in=list(words), closed_at__isnull=False
    )
    days = closed.annotate(day=TruncDate("closed_at", tzinfo=zone)).values_list("day", "status")
    for day, status, count in days.annotate(count=Count("pk")).order_by():
        words[OccurrenceStatus(status)][day] += count
    return words[OccurrenceStatus.COMPLETED], words[OccurrenceStatus.MISSED]


def _expired_by_day(principal: Principal, zone: ZoneInfo, since: datetime) -> dict[date, int]:
    expired = Task.objects.filter(owner_id=principal.user_id, status=Status.EXPIRED, due_at__gte=since)
    days = expired.annotate(day=TruncDate("due_at", tzinfo=zone)).values_list("day")
    return dict(days.annotate(count=Count("pk")).order_by())


def _jobs(principal: Principal, zone: ZoneInfo, since: datetime) -> list[tuple[date, float]]:
    ended = visible_to(principal).filter(
        status=Status.SUCCESS, progress__end_time__gte=since, progress__start_time__isnull=False
    )
    moments = ended.order_by("-pk").values_list("progress__start_time", "progress__end_time")[:_JOBS_MOST]
    return [
        (end.astimezone(zone).date(), max(end - start, timedelta()).total_seconds())
        for start, end in moments
        if start is not None and end is not None
    ]
