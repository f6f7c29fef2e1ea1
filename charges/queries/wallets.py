"""What an account has agreed to pay with and up to, and what everybody may know of all of them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from accounts.models import Beeminder, User
from accounts.queries.accounts import account_of
from accounts.rules.principal import Principal
from charges.models import CardCustomer, Wallet
from tasks.models import Task
from tasks.rules.vocabulary import Status


@dataclass(frozen=True, slots=True)
class Card:
    """The card on file, as far as its owner recognises it."""

    brand: str
    last4: str
    exp_month: int | None
    exp_year: int | None


@dataclass(frozen=True, slots=True)
class MoneyProfile:
    """All that the stakes dialect and the billing page say of an account.

    user.pending_email: shown in place of the address once it was asked for (reliability.md 6).
    beeminder_user, beeminder_goal_new_tasks: None where not connected.
    """

    user: User
    monthly_stake_limit_cents: int | None
    monthly_charge_limit_cents: int | None
    has_customer: bool
    card: Card | None
    beeminder_user: str | None
    beeminder_goal_new_tasks: str | None

    @property
    def shown_email(self) -> str:
        return self.user.pending_email or self.user.email

    @property
    def has_calendar_token(self) -> bool:
        return self.user.calendar_token_generation > 0


@dataclass(frozen=True, slots=True)
class Stats:
    """What the public page says. completed_percent: of the stakes that are decided; 0 when none is."""

    tasks: int
    active_stakes: int
    completed_percent: int


def money_profile(principal: Principal) -> MoneyProfile:
    """Read the caller's profile. Four statements. Raises NotFound when the account has just been closed."""
    user = account_of(principal)
    wallet = Wallet.objects.filter(pk=user.pk).first() or Wallet(user=user)
    customer = CardCustomer.objects.filter(pk=user.pk).first()
    beeminder = Beeminder.objects.filter(pk=user.pk).first()
    return MoneyProfile(
        user=user,
        monthly_stake_limit_cents=wallet.monthly_stake_limit_cents,
        monthly_charge_limit_cents=wallet.monthly_charge_limit_cents,
        has_customer=customer is not None and customer.is_attached,
        card=_card(customer),
        beeminder_user=(beeminder.username or None) if beeminder else None,
        beeminder_goal_new_tasks=(beeminder.goal_new_tasks or None) if beeminder else None,
    )


def stake_stats(at: datetime) -> Stats:
    """Count the stakes of everybody, for the public page, which keeps it for hours."""
    is_done = Q(status=Status.SUCCESS)
    is_lost = Q(status=Status.EXPIRED)
    counted = Task.objects.filter(stake_cents__isnull=False).aggregate(
        all=Count("pk"),
        done=Count("pk", filter=is_done),
        lost=Count("pk", filter=is_lost),
        active=Count("pk", filter=~(is_done | is_lost) & Q(deleted_at=None, due_at__gt=at)),
    )
    decided = counted["done"] + counted["lost"]
    percent = round(100 * counted["done"] / decided) if decided else 0
    return Stats(counted["all"], counted["active"], percent)


def _card(customer: CardCustomer | None) -> Card | None:
    if customer is None or not customer.has_card:
        return None
    return Card(customer.brand, customer.last4, customer.exp_month, customer.exp_year)
