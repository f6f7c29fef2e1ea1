"""When a task comes round again: the plan as columns, how often it ran, and when it is next due.

The arithmetic stands in rules/schedule.py, which also says what each column means.
"""

from django.db import models
from django.db.models import F, Q

from tasks.models.task import Task
from tasks.rules.schedule import LAST, MAX_INTERVAL, MAX_RUN_LIMIT, Frequency, Plan
from tasktracker.core.ids import new_id

_WEEKLY = [str(Frequency.WEEKLY), str(Frequency.MONTHLY_BY_WEEKDAY)]
_BY_DAY = str(Frequency.MONTHLY_BY_DAY)
_BY_WEEKDAY = str(Frequency.MONTHLY_BY_WEEKDAY)


class Schedule(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="schedule")
    frequency = models.CharField(max_length=24)
    interval = models.IntegerField(default=1)
    time_of_day = models.TimeField()
    time_zone = models.CharField(max_length=64)
    anchor_date = models.DateField()
    weekday = models.SmallIntegerField(null=True, blank=True)
    month_day = models.SmallIntegerField(null=True, blank=True)
    nth = models.SmallIntegerField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    run_limit = models.IntegerField(null=True, blank=True)
    run_count = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)  # null: it will never fire again

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="schedule_frequency_is_known",
                condition=Q(frequency__in=[str(frequency) for frequency in Frequency]),
            ),
            models.CheckConstraint(
                name="schedule_interval_in_range",
                condition=Q(interval__gte=1, interval__lte=MAX_INTERVAL),
            ),
            models.CheckConstraint(
                name="schedule_weekday_iff_weekly",
                condition=Q(frequency__in=_WEEKLY, weekday__gte=0, weekday__lte=6, weekday__isnull=False)
                | (~Q(frequency__in=_WEEKLY) & Q(weekday=None)),
            ),
            models.CheckConstraint(
                name="schedule_month_day_iff_by_day",
                condition=Q(frequency=_BY_DAY, month_day__gte=1, month_day__lte=31, month_day__isnull=False)
                | (~Q(frequency=_BY_DAY) & Q(month_day=None)),
            ),
            models.CheckConstraint(
                name="schedule_nth_iff_by_weekday",
                condition=Q(frequency=_BY_WEEKDAY, nth__in=[1, 2, 3, 4, 5, LAST], nth__isnull=False)
                | (~Q(frequency=_BY_WEEKDAY) & Q(nth=None)),
            ),
            models.CheckConstraint(
                name="schedule_ends_after_start",
                condition=Q(end_date=None) | Q(end_date__gte=F("anchor_date")),
            ),
            models.CheckConstraint(
                name="schedule_run_limit_in_range",
                condition=Q(run_limit=None) | Q(run_limit__gte=1, run_limit__lte=MAX_RUN_LIMIT),
            ),
            models.CheckConstraint(
                name="schedule_runs_within_limit",
                condition=Q(run_count__gte=0) & (Q(run_limit=None) | Q(run_count__lte=F("run_limit"))),
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="schedule_due", condition=Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.frequency} {self.time_of_day:%H:%M} {self.time_zone}"

    @property
    def plan(self) -> Plan:
        """The columns as the value that the rules take."""
        return Plan(
            frequency=Frequency(self.frequency),
            interval=self.interval,
            time_of_day=self.time_of_day,
            time_zone=self.time_zone,
            anchor_date=self.anchor_date,
            weekday=self.weekday,
            month_day=self.month_day,
            nth=self.nth,
            end_date=self.end_date,
            run_limit=self.run_limit,
        )
