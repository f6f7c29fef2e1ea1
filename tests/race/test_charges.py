"""Money under many hands at once: caps exact, one charge for one reason, whoever comes first."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from accounts.rules.principal import Principal
from charges.models import Charge, ChargeEvent, MonthLedger
from charges.operations import cards
from charges.operations.chain import drive_all_due, note_accepted_mails
from charges.operations.charge import CardDeclined, NoCard, charge_now
from charges.operations.closing import close_account
from charges.operations.contest import contest_charge
from charges.operations.decisions import CannotBeDecided, Decision, decide
from charges.operations.ledger import MonthlyChargeLimitExceeded, MonthlyStakeLimitExceeded
from charges.operations.limits import set_limits
from charges.operations.missed import ChargeHasBegun, TaskIsComplete, cry_uncle, expire_missed
from charges.operations.records import AccountClosed
from charges.operations.recurrence import make_recurring
from charges.operations.staking import change_stake, create_staked_task
from charges.operations.steps import drive_charge
from tasks.models import Task
from tasks.operations.lifecycle import complete_task
from tasks.rules.binding import DeadlinePassed
from tasktracker.core import clock
from tasktracker.core.errors import Forbidden, NotFound
from tasktracker.core.states import StateConflict
from tasktracker.outbox.models import Delivery
from tests.conftest import NOW
from tests.domain.charges.conftest import DAY, DUE
from tests.plugins.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db(transaction=True)

REFUSALS = (
    MonthlyChargeLimitExceeded,
    MonthlyStakeLimitExceeded,
    ChargeHasBegun,
    TaskIsComplete,
    StateConflict,
    DeadlinePassed,
    CannotBeDecided,
    AccountClosed,
    CardDeclined,
    NoCard,
    Forbidden,
    NotFound,
)


@pytest.fixture
def caller(owner: User, principal_of: Callable[..., Principal]) -> Principal:
    return principal_of(owner)


@pytest.fixture
def processor(fake_stripe: FakeStripe, settings: Settings, owner: User) -> FakeStripe:
    settings.STRIPE_API_KEY, settings.STRIPE_API_BASE = fake_stripe.api_key, fake_stripe.url
    settings.TASKTRACKER_TWIN_SECONDS = settings.TASKTRACKER_CHARGE_SECONDS = 60.0
    settings.TASKTRACKER_PROCESSOR_SECONDS = 20.0
    assert cards.give_card(user_id=owner.pk, payment_method_id="pm_card_visa", at=NOW)
    return fake_stripe


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls at the same moment; returns what each returned, or the refusal that it raised."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait(timeout=30)
        try:
            return call()
        except REFUSALS as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def captured(processor: FakeStripe) -> int:
    return sum(cents for kind, cents in processor.movements() if kind == "captured")


def ledger() -> tuple[int, int]:
    row = MonthLedger.objects.get(month=NOW.date().replace(day=1))
    return row.staked_cents, row.charged_cents


def test_fifty_charges_and_room_for_twenty(caller: Principal, processor: FakeStripe) -> None:
    set_limits(principal=caller, monthly_charge_limit_cents=20 * 500, at=NOW)

    ends = together(*[lambda: charge_now(principal=caller, cents=500, at=NOW).cents] * 50)

    assert Counter(ends) == {500: 20, MonthlyChargeLimitExceeded: 30}
    assert (captured(processor), ledger()) == (10_000, (0, 10_000))


def test_fifty_stakes_and_room_for_twenty(caller: Principal) -> None:
    set_limits(principal=caller, monthly_stake_limit_cents=20 * 300 + 299, at=NOW)

    def stake() -> int:
        create_staked_task(principal=caller, title="x", due_at=DUE, stake_cents=300, at=NOW)
        return 1

    ends = together(*[stake] * 50)

    assert Counter(ends) == {1: 20, MonthlyStakeLimitExceeded: 30}
    assert (ledger(), Task.objects.count()) == ((6_000, 0), 20)


def test_raises_at_once_never_exceed_the_limit(caller: Principal) -> None:
    set_limits(principal=caller, monthly_stake_limit_cents=3_000, at=NOW)
    stakes = [
        create_staked_task(principal=caller, title="x", due_at=DUE, stake_cents=100, at=NOW)
        for _ in range(10)
    ]

    def lift(task_id: UUID) -> Callable[[], int]:
        return lambda: (
            change_stake(principal=caller, task_id=task_id, stake_cents=500, at=NOW).task.stake_cents or 0
        )

    ends = together(*[lift(stake.task.pk) for stake in stakes] * 2)

    assert sum(Task.objects.values_list("stake_cents", flat=True)) == ledger()[0] == 3_000
    assert set(ends) == {500, MonthlyStakeLimitExceeded}


def test_a_hundred_twins_are_one_charge(caller: Principal, processor: FakeStripe) -> None:
    answers = together(*[lambda: charge_now(principal=caller, cents=500, request_id="r", at=NOW)] * 100)

    assert len(set(answers)) == 1
    assert answers[0].cents == 500
    assert (captured(processor), ledger(), Charge.objects.count()) == (500, (0, 500), 1)
    assert len(processor.client().payment_intents.list().data) == 1


def test_twins_of_a_decline_are_declined_alike(caller: Principal, owner: User, processor: FakeStripe) -> None:
    cards.give_card(user_id=owner.pk, payment_method_id="pm_card_chargeCustomerFail", at=NOW)

    ends = together(*[lambda: charge_now(principal=caller, cents=500, request_id="r", at=NOW)] * 20)

    assert Counter(ends) == {CardDeclined: 20}
    assert (captured(processor), ledger(), Charge.objects.count()) == (0, (0, 0), 1)


def test_twins_at_the_very_end_of_the_cap(caller: Principal, processor: FakeStripe) -> None:
    """The first takes the last of the room: the others are its twins, not refused."""
    set_limits(principal=caller, monthly_charge_limit_cents=500, at=NOW)

    ends = together(*[lambda: charge_now(principal=caller, cents=500, request_id="r", at=NOW).cents] * 20)

    assert Counter(ends) == {500: 20}
    assert (captured(processor), ledger()) == (500, (0, 500))


def test_uncle_completion_and_sweeps_have_one_outcome(caller: Principal) -> None:
    for number in range(100):
        due_at = clock.now() + timedelta(seconds=30)
        task = create_staked_task(principal=caller, title="x", due_at=due_at, stake_cents=100, at=NOW).task

        def uncle(task_id: UUID = task.pk) -> str:
            cry_uncle(principal=caller, task_id=task_id, at=clock.now())
            return "uncle"

        def complete(task_id: UUID = task.pk) -> str:
            complete_task(principal=caller, task_id=task_id, at=clock.now())
            return "complete"

        def sweep(due_at: Any = due_at) -> str | int:
            return "sweep" if expire_missed(due_at) else 0

        calls = [uncle, complete, sweep, sweep]
        ends = together(*calls[number % 4 :], *calls[: number % 4])

        won = [end for end in ends if isinstance(end, str)]
        status = Task.objects.get(pk=task.pk).status
        charges = Charge.objects.filter(task=task).count()
        assert len(won) == 1, ends
        assert (status, charges) == (("success", 0) if won == ["complete"] else ("expired", 1))
    mails = Delivery.objects.filter(kind="mail", event="charge.missed").count()
    assert mails == Charge.objects.count()


def due_charge(caller: Principal) -> Charge:
    """A charge whose mail was accepted, ready to be held at DUE + 24 h."""
    task = create_staked_task(principal=caller, title="x", due_at=DUE, stake_cents=500, at=NOW).task
    expire_missed(DUE)
    Delivery.objects.filter(kind="mail", state="pending").update(state="delivered", finished_at=DUE)
    note_accepted_mails(DUE)
    return Charge.objects.get(task=task)


def test_many_workers_hold_and_capture_once(caller: Principal, processor: FakeStripe) -> None:
    charges = [due_charge(caller) for _ in range(5)]

    for days in (1, 2):
        together(*[lambda days=days: drive_all_due(DUE + days * DAY)] * 6)
        drive_all_due(DUE + days * DAY)

    assert Counter(processor.movements()) == {("authorised", 500): 5, ("captured", 500): 5}
    assert set(Charge.objects.values_list("status", flat=True)) == {"captured"}
    assert len(charges) == len(processor.client().payment_intents.list().data)


def test_contest_against_capture(caller: Principal, processor: FakeStripe) -> None:
    """Captured only if the capture was committed first; what is contested before stands still (P8)."""
    outcomes: Counter[str] = Counter()
    for _ in range(20):
        charge = due_charge(caller)
        drive_all_due(DUE + DAY)

        def contest(charge_id: UUID = charge.pk) -> None:
            contest_charge(principal=caller, charge_id=charge_id, reason="no", at=DUE + 2 * DAY)

        def capture(charge_id: UUID = charge.pk) -> None:
            drive_charge(charge_id, at=DUE + 2 * DAY)

        together(contest, capture, capture)
        drive_all_due(DUE + 2 * DAY)

        row = Charge.objects.get(pk=charge.pk)
        log = list(ChargeEvent.objects.filter(charge=row).order_by("pk").values_list("event", flat=True))
        assert row.is_contested
        came_first = log.index("capture") < log.index("contest") if "capture" in log else False
        if row.status == "captured":
            assert came_first
        else:
            assert row.status in {"authorised", "notified"}
            assert "take" not in log
        outcomes[row.status] += 1
    assert captured(processor) == 500 * outcomes["captured"]


def test_one_command_twice_at_once(
    caller: Principal,
    make_user: Callable[..., User],
    principal_of: Callable[..., Principal],
    processor: FakeStripe,
) -> None:
    staff = principal_of(make_user("staff"), is_staff=True)
    charge = due_charge(caller)
    for days in (1, 2):
        drive_all_due(DUE + days * DAY)
    command = uuid4()

    def refund(command_id: UUID) -> Callable[[], str]:
        def act() -> str:
            decide(
                principal=staff, charge_id=charge.pk, decision=Decision.REFUND, command_id=command_id, at=DUE
            )
            return "done"

        return act

    ends = together(*[refund(command)] * 4, *[refund(uuid4()) for _ in range(4)])
    together(*[lambda: drive_all_due(DUE + 3 * DAY)] * 4)
    drive_all_due(DUE + 3 * DAY)

    assert set(ends) <= {"done", CannotBeDecided}
    assert ChargeEvent.objects.filter(charge=charge, event="refund", actor__startswith="staff").count() == 1
    assert Counter(kind for kind, _ in processor.movements())["refunded"] == 1


def test_recurring_stakes_come_once(caller: Principal) -> None:
    for _ in range(5):
        create_staked_task(
            principal=caller, title="x", due_at=DUE, stake_cents=100, recurrence_days=7, at=NOW
        )

    made = together(*[lambda: make_recurring(DUE)] * 4)
    made.append(make_recurring(DUE))

    assert (sum(made), Task.objects.count()) == (5, 10)


def test_closing_against_charges(
    make_user: Callable[..., User], principal_of: Callable[..., Principal], processor: FakeStripe
) -> None:
    """Whatever was begun is ended or settled; after the closing nothing begins (P32)."""
    for number in range(5):
        user = make_user(f"leaver{number}")
        principal = principal_of(user)
        cards.give_card(user_id=user.pk, payment_method_id="pm_card_visa", at=NOW)
        create_staked_task(principal=principal, title="x", due_at=DUE, stake_cents=100, at=NOW)

        def charge(principal: Principal = principal) -> int:
            return charge_now(principal=principal, cents=500, at=NOW).cents

        def close(principal: Principal = principal) -> None:
            close_account(principal=principal, at=NOW)

        together(charge, close, charge, lambda: expire_missed(DUE))
        expire_missed(DUE)
        for _ in range(3):
            drive_all_due(DUE + 9 * DAY)

        rows = Charge.objects.filter(user=user)
        assert set(rows.values_list("status", flat=True)) <= {"captured", "cancelled"}
    book = [cents for kind, cents in processor.movements() if kind == "captured"]
    taken = Charge.objects.filter(status="captured").values_list("cents", flat=True)
    assert sorted(book) == sorted(taken)
