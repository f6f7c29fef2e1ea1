"""People with cards and stakes, the practice processor, and what time does: for the tests of this folder."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge, ChargeEvent, MonthLedger
from charges.operations import cards
from charges.operations.staking import create_staked_task
from charges.queries.stakes import Stake
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.mail import clear_payload
from tasktracker.sweeps import run_sweeps
from tests.conftest import NOW
from tests.plugins.fake_stripe import FakeStripe

DUE = datetime(2100, 1, 4, 12, tzinfo=UTC)  # later than any clock that runs these tests
DAY = timedelta(days=1)
VISA = "pm_card_visa"
DECLINES = "pm_card_chargeCustomerFail"


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    """The owner's own session."""
    return principal_of(owner)


@pytest.fixture
def processor(fake_stripe: FakeStripe, settings: Settings) -> FakeStripe:
    """The practice processor, empty, where our gateways find it."""
    settings.STRIPE_API_KEY = fake_stripe.api_key
    settings.STRIPE_API_BASE = fake_stripe.url
    settings.STRIPE_WEBHOOK_SECRET = fake_stripe.webhook_secret
    return fake_stripe


@pytest.fixture
def card(owner: User, processor: FakeStripe) -> None:
    """The owner's card, which works."""
    give(owner, VISA)


@pytest.fixture
def make_stake(caller: Principal) -> Callable[..., Stake]:
    """Stake a task of the owner's: make_stake(stake_cents=300)."""

    def make(**values: Any) -> Stake:
        values = {"principal": caller, "title": "Water the plants", "due_at": DUE, "at": NOW, **values}
        return create_staked_task(**{"stake_cents": 500, **values})

    return make


@pytest.fixture
def stake(make_stake: Callable[..., Stake]) -> Stake:
    """A stake of 500 cents of the owner's, due at DUE."""
    return make_stake()


def give(user: User, payment_method_id: str) -> None:
    assert cards.give_card(user_id=user.pk, payment_method_id=payment_method_id, at=NOW)


def sweep(at: datetime) -> dict[str, int]:
    """Do all that time does by `at`, mails and calls included; returns what was not zero."""
    return {name: count for name, count in run_sweeps(at, finish_work=True).items() if count}


def charge_of(stake: Stake) -> Charge:
    return Charge.objects.get(task=stake.task)


def log_of(charge: Charge) -> list[str]:
    """What happened to a charge, in words."""
    return list(ChargeEvent.objects.filter(charge=charge).order_by("pk").values_list("event", flat=True))


def mails() -> list[str]:
    """The kinds of all mails ever queued, in order."""
    return list(Delivery.objects.filter(kind="mail").order_by("pk").values_list("event", flat=True))


def mail_text(event: str) -> str:
    """The text of the newest mail of a kind that was not yet sent."""
    import json

    mail = Delivery.objects.filter(kind="mail", event=event, state="pending").latest("pk")
    said = json.loads(clear_payload(mail))
    return str(said["text"])


def ledger(user: User) -> list[tuple[str, int, int]]:
    rows = MonthLedger.objects.filter(user=user).order_by("month")
    return [(f"{row.month:%Y-%m}", row.staked_cents, row.charged_cents) for row in rows]


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of money: what a refusal must leave alone."""
    models = (Charge, ChargeEvent, MonthLedger)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
