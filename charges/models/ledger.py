"""What an account allows itself to risk, and what it has reserved of that in each month."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from charges.rules.limits import DEFAULT_CHARGE_LIMIT_CENTS


class Wallet(models.Model):
    """The caps of an account. Made on first use; without a row the defaults hold.

    monthly_..._limit_cents: None is no cap.  digest_at: when the next digest is decided; None: not yet known.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    monthly_stake_limit_cents = models.BigIntegerField(null=True, default=None)
    monthly_charge_limit_cents = models.BigIntegerField(null=True, default=DEFAULT_CHARGE_LIMIT_CENTS)
    digest_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(monthly_stake_limit_cents=None) | Q(monthly_stake_limit_cents__gte=0),
                name="wallet_stake_limit_in_range",
            ),
            models.CheckConstraint(
                condition=Q(monthly_charge_limit_cents=None) | Q(monthly_charge_limit_cents__gte=0),
                name="wallet_charge_limit_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"wallet of {self.user_id}"


class WalletChange(models.Model):
    """A cap that was changed: who, what, before, after. Rows are only ever added."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    actor = models.CharField(max_length=32)
    limit = models.CharField(max_length=32)
    before_cents = models.BigIntegerField(null=True)
    after_cents = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.limit} of {self.user_id}"


class MonthLedger(models.Model):
    """What an account has reserved in one UTC month. A conditional UPDATE of this row is the only lock (P5).

    staked_cents: stakes of tasks created in it, whatever became of them.  charged_cents: /me/charges that
    succeeded or may yet.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    staked_cents = models.BigIntegerField(default=0)
    charged_cents = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "month"], name="month_ledger_once"),
            models.CheckConstraint(
                condition=Q(staked_cents__gte=0, charged_cents__gte=0), name="month_ledger_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} of {self.user_id}"
