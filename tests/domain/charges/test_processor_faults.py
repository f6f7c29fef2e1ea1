"""Every way in which the processor fails, every point at which a worker dies: money moves once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.rules.principal import Principal
from charges.models import Charge
from charges.operations.chain import drive_all_due
from charges.operations.charge import charge_now
from charges.operations.decisions import Decision, decide
from charges.operations.steps import drive_charge
from charges.queries.stakes import Stake
from tasktracker.core import failpoints
from tests.conftest import NOW
from tests.domain.charges.conftest import DAY, DUE, charge_of, log_of, sweep
from tests.plugins.fake_stripe import FakeStripe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("card")]
TAKEN = [("authorised", 500), ("captured", 500)]
KINDS = ["drop_before", "drop_after", "500_before", "500_after", "429", "409"]
CREATE = {"path": "/v1/payment_intents", "method": "POST"}
CONFIRM = {"path": "/v1/payment_intents/*/confirm"}
CAPTURE = {"path": "/v1/payment_intents/*/capture"}
READ = {"path": "/v1/payment_intents/*", "method": "GET"}
LIST = {"path": "/v1/payment_intents", "method": "GET"}


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the next worker that comes to a point die there."""

    def arm(point: str) -> None:
        monkeypatch.setitem(failpoints._armed, *failpoints._parse(f"{point}=raise@1"))

    return arm


def lose_leases() -> None:
    """What time does to the lease of a worker that died."""
    Charge.objects.update(lease_until=None)


def direct(caller: Principal) -> Any:
    return charge_now(principal=caller, cents=500, request_id="r", at=NOW)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", [CREATE, CONFIRM], ids=["create", "confirm"])
def test_a_direct_charge_survives_one_fault(
    caller: Principal, processor: FakeStripe, kind: str, call: dict[str, str]
) -> None:
    processor.fail({"kind": kind, "nth": 1, **call}, key_life_seconds=0)

    direct(caller)

    assert processor.movements() == TAKEN
    assert processor.fired() == {kind: 1}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "call", [CREATE, CONFIRM, CAPTURE, READ], ids=["create", "confirm", "capture", "read"]
)
def test_a_stakes_charge_survives_one_fault(
    stake: Stake, processor: FakeStripe, kind: str, call: dict[str, str]
) -> None:
    sweep(DUE)
    processor.fail({"kind": kind, "nth": 1, **call}, key_life_seconds=0)

    sweep(DUE + DAY + timedelta(minutes=1))
    sweep(DUE + 2 * DAY + timedelta(minutes=1))

    assert (charge_of(stake).status, processor.movements()) == ("captured", TAKEN)
    assert processor.fired() == {kind: 1}


def test_a_stored_500_is_not_asked_for_again(stake: Stake, processor: FakeStripe) -> None:
    """M1: a one-shot key replays the failure for ever; ours names the claim."""
    sweep(DUE)
    processor.fail({"kind": "500_before", "nth": [1, 2], **CONFIRM, "stored": True})

    sweep(DUE + 3 * DAY)

    assert processor.movements() == TAKEN


@pytest.mark.parametrize("point", ["after_create", "after_save_intent", "after_confirm", "before_settle"])
def test_a_worker_dies_while_a_hold_is_made(
    stake: Stake, processor: FakeStripe, crash: Callable[[str], None], point: str
) -> None:
    processor.fail(key_life_seconds=0)
    sweep(DUE)
    crash(f"charge.{point}")

    with pytest.raises(failpoints.FailpointRaised):
        drive_all_due(DUE + DAY)
    lose_leases()
    sweep(DUE + DAY)
    sweep(DUE + 2 * DAY)

    assert (charge_of(stake).status, processor.movements()) == ("captured", TAKEN)


@pytest.mark.parametrize("point", ["after_capture", "before_settle"])
def test_a_worker_dies_while_a_hold_is_captured(
    stake: Stake, processor: FakeStripe, crash: Callable[[str], None], point: str
) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    crash(f"charge.{point}")

    with pytest.raises(failpoints.FailpointRaised):
        drive_all_due(DUE + 2 * DAY)
    lose_leases()
    sweep(DUE + 2 * DAY)

    assert (charge_of(stake).status, processor.movements()) == ("captured", TAKEN)


@pytest.mark.parametrize(
    "point",
    ["before_row_commit", "after_row", "after_create", "after_save_intent", "after_confirm", "before_settle"],
)
def test_a_web_process_dies_over_a_direct_charge(
    caller: Principal, processor: FakeStripe, crash: Callable[[str], None], point: str
) -> None:
    processor.fail(key_life_seconds=0)
    crash(f"charge.{point}")

    with pytest.raises(failpoints.FailpointRaised):
        direct(caller)
    if point == "before_row_commit":
        assert Charge.objects.count() == 0
    lose_leases()
    sweep(NOW)

    made = direct(caller)
    assert (made.cents, processor.movements(), Charge.objects.count()) == (500, TAKEN, 1)


@pytest.mark.parametrize("point", ["after_cancel", "after_refund"])
def test_a_worker_dies_while_money_goes_back(
    stake: Stake, processor: FakeStripe, crash: Callable[[str], None], point: str, caller: Principal
) -> None:
    staff = Principal(
        **{**{name: getattr(caller, name) for name in caller.__slots__}, "is_staff": True}  # type: ignore[arg-type]
    )
    days = 1 if point == "after_cancel" else 2
    for day in range(days + 1):
        sweep(DUE + day * DAY)
    charge = charge_of(stake)
    decide(
        principal=staff,
        charge_id=charge.pk,
        decision=Decision.FORGIVE,
        command_id=charge.pk,
        at=DUE + 3 * DAY,
    )
    crash(f"charge.{point}")

    with pytest.raises(failpoints.FailpointRaised):
        drive_all_due(DUE + 3 * DAY)
    lose_leases()
    sweep(DUE + 3 * DAY)

    ends = {1: ("cancelled", "released"), 2: ("refunded", "refunded")}[days]
    assert (charge_of(stake).status, processor.movements()[-1]) == (ends[0], (ends[1], 500))
    assert [kind for kind, _ in processor.movements()].count(ends[1]) == 1


def test_an_outage_calls_for_a_person_and_ends_by_itself(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE)
    processor.fail({"kind": "500_before", "path": "/v1/payment_intents**"})
    begins = DUE + DAY

    sweep(begins + timedelta(minutes=30))
    charge = charge_of(stake)
    assert (charge.status, charge.needs_person) == ("authorising", "no_answer")
    assert charge.tries >= 8
    assert "needs_person" in log_of(charge)

    processor.fail()
    sweep(begins + timedelta(minutes=60))
    charge = charge_of(stake)
    assert (charge.status, charge.needs_person, charge.tries) == ("authorised", "", 0)


def test_an_intent_that_was_made_and_not_saved_is_adopted(
    stake: Stake, processor: FakeStripe, crash: Callable[[str], None]
) -> None:
    processor.fail(key_life_seconds=0)
    sweep(DUE)
    crash("charge.after_create")
    with pytest.raises(failpoints.FailpointRaised):
        drive_all_due(DUE + DAY)
    lose_leases()

    sweep(DUE + DAY)

    assert len(processor.client().payment_intents.list().data) == 1


def test_a_list_that_fails_makes_no_second_intent(
    stake: Stake, processor: FakeStripe, crash: Callable[[str], None]
) -> None:
    sweep(DUE)
    crash("charge.after_create")
    with pytest.raises(failpoints.FailpointRaised):
        drive_all_due(DUE + DAY)
    lose_leases()
    processor.fail({"kind": "500_before", "nth": 1, **LIST}, key_life_seconds=0)

    sweep(DUE + DAY + timedelta(minutes=1))

    assert len(processor.client().payment_intents.list().data) == 1
    assert charge_of(stake).status == "authorised"


def test_nobody_drives_what_another_holds(stake: Stake, processor: FakeStripe) -> None:
    from tasktracker.core.clock import DatabaseNow

    sweep(DUE)
    Charge.objects.update(lease_until=DatabaseNow(timedelta(seconds=30)))

    assert not drive_charge(charge_of(stake).pk, at=DUE + DAY)
    assert (sweep(DUE + DAY), processor.movements()) == ({}, [])


def test_a_worker_that_was_overtaken_writes_nothing(
    stake: Stake, processor: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from charges.operations import steps

    sweep(DUE)
    real = steps.intents.confirm_intent

    def overtaken(*args: Any, **values: Any) -> Any:
        answer = real(*args, **values)
        Charge.objects.update(fence=99, lease_until=None)  # another worker came while we were stopped
        return answer

    monkeypatch.setattr(steps.intents, "confirm_intent", overtaken)
    assert drive_charge(charge_of(stake).pk, at=DUE + DAY)
    monkeypatch.undo()
    assert (charge_of(stake).status, charge_of(stake).fence) == ("authorising", 99)

    sweep(DUE + DAY)
    assert (charge_of(stake).status, processor.movements()) == ("authorised", [("authorised", 500)])


def test_an_amount_that_differs_calls_for_a_person(stake: Stake, processor: FakeStripe) -> None:
    sweep(DUE)
    sweep(DUE + DAY)
    Charge.objects.update(cents=400)

    sweep(DUE + 2 * DAY)

    charge = charge_of(stake)
    assert (charge.status, charge.needs_person, charge.due_at) == ("authorised", "differs", None)
    assert processor.movements() == [("authorised", 500)]
