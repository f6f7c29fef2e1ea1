"""Stakes that come back: the plan from which the next task is made."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks.rules.limits import MAX_STAKE_CENTS, MAX_TITLE, MIN_STAKE_CENTS
from tasktracker.core.ids import new_id


class RecurringStake(models.Model):
    """A staked task that is made anew some days, or some calendar months, after its last deadline.

    days: None where months are counted. month_day: which day of the month is meant, in its owner's zone; in a
    shorter month its last one. last_due_at: the newest deadline made.  stopped_at: its owner wants no more;
    the row stays for the log.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=MAX_TITLE)
    stake_cents = models.IntegerField()
    days = models.PositiveIntegerField(null=True)
    months = models.PositiveSmallIntegerField(null=True)
    month_day = models.PositiveSmallIntegerField(null=True)
    last_due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=1, days__isnull=False, months=None, month_day=None)
                | Q(days=None, months__gte=1, months__isnull=False, month_day__gte=1, month_day__lte=31)
                & Q(month_day__isnull=False),
                name="recurring_stake_days_or_months",
            ),
            models.CheckConstraint(
                condition=Q(stake_cents__gte=MIN_STAKE_CENTS, stake_cents__lte=MAX_STAKE_CENTS),
                name="recurring_stake_cents_in_range",
            ),
        ]
        indexes = [
            models.Index(fields=["last_due_at"], name="recurring_stake_due", condition=Q(stopped_at=None)),
            models.Index(fields=["user", "-id"], name="recurring_stake_page", condition=Q(stopped_at=None)),
        ]

    def __str__(self) -> str:
        return self.title
