"""Stakes, cards and charges for the tests of the pages of money, and all rows that a refusal leaves alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import CardCustomer, Charge, ChargeEvent, MonthLedger, Wallet, WalletChange
from charges.operations import cards
from charges.operations.mails import contest_link
from charges.operations.staking import create_staked_task
from tasks.models import Task
from tasktracker.outbox.models import Delivery
from tasktracker.sweeps import run_sweeps
from tests.conftest import NOW

DUE = datetime(2100, 1, 4, 12, tzinfo=UTC)  # later than any clock that runs these tests
DAY = timedelta(days=1)


def give_card(user: User, payment_method_id: str = "pm_card_visa") -> None:
    assert cards.give_card(user_id=user.pk, payment_method_id=payment_method_id, at=NOW)


def make_stake(user: User, principal_of: Callable[..., Principal], **values: Any) -> Task:
    """Stake a task: 500 cents until DUE."""
    values = {"title": "Water the plants", "due_at": DUE, "stake_cents": 500, "at": NOW, **values}
    return create_staked_task(principal=principal_of(user), **values).task


def sweep(at: datetime) -> None:
    """Do all that time does by `at`, mails and calls included."""
    run_sweeps(at, finish_work=True)


def link_of(charge: Charge) -> str:
    """The path of the link in a charge's mails."""
    return "/charges/" + contest_link(charge).partition("/charges/")[2]


def money_rows() -> dict[str, list[Any]]:
    """Everything that a page of money could have changed; a month's row without money is no change."""
    models: Any = (Task, Charge, ChargeEvent, CardCustomer, WalletChange, Delivery)
    found = {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
    spent = MonthLedger.objects.exclude(staked_cents=0, charged_cents=0)
    caps = Wallet.objects.exclude(monthly_stake_limit_cents=None, monthly_charge_limit_cents=10_000)
    return {**found, "MonthLedger": list(spent.values()), "Wallet": list(caps.values())}
