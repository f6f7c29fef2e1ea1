"""What the clock does to money, through `manage.py sweep --at` as an operator runs it: to the second.

Deadline, + 24 h, + 48 h, the edges of months, and nights in which clocks are changed.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import RecurringStake
from charges.operations.charge import charge_now
from charges.operations.ledger import MonthlyChargeLimitExceeded
from charges.operations.limits import set_limits
from charges.queries.stakes import Stake, stake_of
from tasks.models import Task
from tests.domain.charges.conftest import DAY, DUE, charge_of, ledger, mails
from tests.plugins.fake_stripe import FakeStripe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("card", "_time_may_be_told")]
SECOND = timedelta(seconds=1)
HELD = [("authorised", 500)]
TAKEN = [*HELD, ("captured", 500)]


@pytest.fixture
def _time_may_be_told(settings: Settings) -> None:
    settings.TASKTRACKER_ALLOW_TIME_TRAVEL = True


def sweep(at: datetime) -> dict[str, int]:
    """Run the command; returns what it counted that was not zero."""
    output = StringIO()
    call_command("sweep", "--at", at.isoformat(), stdout=output)
    counts: dict[str, int] = json.loads(output.getvalue())
    return {name: count for name, count in counts.items() if count}


def test_each_step_comes_at_its_second(stake: Stake, caller: Principal, processor: FakeStripe) -> None:
    seen = []

    for moment in (DUE - SECOND, DUE, DUE + DAY - SECOND, DUE + DAY, DUE + 2 * DAY - SECOND, DUE + 2 * DAY):
        sweep(moment)
        shown = stake_of(caller, stake.task.pk)
        seen.append((shown.task.status, shown.charge_status, processor.movements()))

    assert seen == [
        ("pending", None, []),
        ("expired", "notified", []),
        ("expired", "notified", []),
        ("expired", "authorized", HELD),
        ("expired", "authorized", HELD),
        ("expired", "captured", TAKEN),
    ]
    assert [mail for mail in mails() if mail != "digest"] == [
        "charge.missed",
        "charge.authorised",
        "charge.receipt",
    ]


def test_the_command_says_what_it_did_and_does_it_once(stake: Stake, processor: FakeStripe) -> None:
    first = sweep(DUE)

    assert (first["charges.expire"], first["charges.mails"]) == (1, 1)
    assert sweep(DUE) == {}
    assert sweep(DUE + DAY)["charges.charges"] == 1
    assert "charges.charges" not in sweep(DUE + DAY)
    assert processor.movements() == HELD


def test_one_sweep_long_after_takes_each_step_in_turn(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE + 9 * DAY)
    assert (charge_of(stake).status, processor.movements()) == ("notified", [])

    sweep(DUE + 10 * DAY)
    sweep(DUE + 11 * DAY)

    assert (charge_of(stake).status, processor.movements()) == ("captured", TAKEN)


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("UTC", "2100-01-31T23:59:59+00:00"),  # the steps fall into the next month
        ("UTC", "2100-02-27T12:00:00+00:00"),  # 2100 is no leap year
        ("UTC", "2099-12-31T23:59:59+00:00"),
        ("Europe/Berlin", "2100-03-27T12:00:00+01:00"),  # a day of 23 hours follows
        ("Europe/Berlin", "2100-03-28T02:30:00+01:00"),  # a wall time that there is not
        ("Europe/Berlin", "2100-10-30T12:00:00+02:00"),  # a day of 25 hours follows
        ("America/Havana", "2100-11-07T00:30:00-04:00"),  # a wall time that there is twice
        ("Pacific/Apia", "2100-04-04T03:00:00+14:00"),
    ],
)
def test_the_delays_are_hours_wherever_the_owner_lives(
    make_stake: Callable[..., Stake], owner: User, processor: FakeStripe, zone: str, due: str
) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone=zone)
    due_at = datetime.fromisoformat(due).astimezone(UTC)
    stake = make_stake(due_at=due_at)
    steps = []

    for hours, second in [(0, 1), (0, 0), (24, 1), (24, 0), (48, 1), (48, 0)]:
        sweep(due_at + timedelta(hours=hours) - second * SECOND)
        steps.append((Task.objects.get(pk=stake.task.pk).status, processor.movements()))

    assert steps == [
        ("pending", []),
        ("expired", []),
        ("expired", []),
        ("expired", HELD),
        ("expired", HELD),
        ("expired", TAKEN),
    ]


def test_a_recurring_stake_counts_in_the_month_that_makes_it(
    make_stake: Callable[..., Stake], owner: User
) -> None:
    due_at = datetime(2100, 1, 31, 23, 59, 59, tzinfo=UTC)
    make_stake(due_at=due_at, recurrence_days=1)

    sweep(due_at)
    sweep(due_at + DAY)

    assert RecurringStake.objects.get().last_due_at == due_at + 2 * DAY
    assert ledger(owner) == [("2026-03", 500, 0), ("2100-01", 500, 0), ("2100-02", 500, 0)]


def test_recurrence_counts_days_of_24_hours(make_stake: Callable[..., Stake], owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Europe/Berlin")
    due_at = datetime(2100, 3, 27, 11, 0, tzinfo=UTC)  # noon; the next is at one
    make_stake(due_at=due_at, recurrence_days=1)

    sweep(due_at)

    assert RecurringStake.objects.get().last_due_at == due_at + DAY


def test_the_cap_of_charges_is_new_with_the_month(caller: Principal, processor: FakeStripe) -> None:
    set_limits(principal=caller, monthly_charge_limit_cents=500, at=DUE)
    edge = datetime(2100, 2, 1, tzinfo=UTC)
    charge_now(principal=caller, cents=500, at=edge - SECOND)

    with pytest.raises(MonthlyChargeLimitExceeded):
        charge_now(principal=caller, cents=500, at=edge - SECOND)
    charge_now(principal=caller, cents=500, at=edge)
    sweep(edge)

    assert [kind for kind, _ in processor.movements()].count("captured") == 2


@pytest.mark.parametrize(
    ("before", "morning"),
    [
        ("2100-03-28T05:59:59+00:00", "2100-03-28T06:00:00+00:00"),  # eight in summer, since this night
        ("2100-10-31T06:59:59+00:00", "2100-10-31T07:00:00+00:00"),  # eight in winter, since this night
    ],
)
def test_the_digest_comes_at_eight_by_the_owners_clock(
    make_stake: Callable[..., Stake], owner: User, before: str, morning: str
) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Europe/Berlin")
    make_stake(due_at=datetime(2101, 1, 1, tzinfo=UTC))
    early = datetime.fromisoformat(before)
    sweep(early - DAY / 2)  # after the one of the day before
    told = mails().count("digest")

    sweep(early)
    assert mails().count("digest") == told
    sweep(datetime.fromisoformat(morning))

    assert mails().count("digest") == told + 1
